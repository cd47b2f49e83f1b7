import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files that may hold examples: the README, docs, the packages' READMEs and their sources. */
function exampleFiles() {
  const below = (folder, ending) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true })
          .filter((name) => name.endsWith(ending) && !name.endsWith(".test.ts"))
          .map((name) => join(folder, name))
      : [];
  const packages = readdirSync("packages").map((name) => join("packages", name));
  return [
    ...["README.md", ...packages.map((folder) => join(folder, "README.md"))].filter((file) =>
      existsSync(file),
    ),
    ...below("docs", ".md"),
    ...packages.flatMap((folder) => below(join(folder, "src"), ".ts")),
  ].sort();
}

/** The text of every `@example` as lines of [line number, text without the comment's stars]. */
function jsdocExamples(source) {
  const examples = [];
  for (const comment of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = source.slice(0, comment.index).split("\n").length;
    let current;
    let fenced = false;
    for (const [i, raw] of comment[0].split("\n").entries()) {
      const text = raw.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "").replace(/\s*\*\/$/, "");
      if (text.trimStart().startsWith("```")) fenced = !fenced;
      if (!fenced && /^@\w/.test(text)) {
        current = text.startsWith("@example") ? [] : undefined;
        if (current) examples.push({ line: first + i, lines: current });
      } else current?.push([first + i, text]);
    }
  }
  return examples;
}

/** Fenced blocks of numbered lines: { line, language, options, code }. */
function fencedBlocks(lines) {
  const blocks = [];
  let open;
  for (const [line, text] of lines) {
    const fence = /^(\s*)```\s*(\S*)\s*(.*)$/.exec(text);
    if (!open && fence) {
      open = { line, indent: fence[1].length, language: fence[2], options: fence[3], code: [] };
    } else if (open && /^\s*```\s*$/.test(text)) {
      blocks.push({ ...open, end: line });
      open = undefined;
    } else open?.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)));
  }
  return blocks;
}

/** The ts blocks of numbered lines, each with the output that the text promises below it. */
function examplesIn(file, lines) {
  const blocks = fencedBlocks(lines);
  return blocks.flatMap((block, i) => {
    if (block.language !== "ts") return [];
    const next = blocks[i + 1];
    const between = lines
      .filter(([line, text]) => line > block.end && next && line < next.line && text.trim() !== "")
      .map(([, text]) => text.trim());
    const promised = next?.language === "text" && between.join() === "Output:";
    return [
      {
        file,
        line: block.line,
        code: block.code.join("\n"),
        run: !block.options.split(/\s+/).includes("no-run"),
        output: promised ? next.code : undefined,
      },
    ];
  });
}

/** Every example of the project: { file, line, code, run, output? }. */
export function extractExamples() {
  return exampleFiles().flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const numbered = text.split("\n").map((line, i) => [i + 1, line]);
    if (file.endsWith(".md")) return examplesIn(file, numbered);
    return jsdocExamples(text).flatMap(({ line, lines }) => {
      const found = examplesIn(file, lines);
      const code = lines.map(([, text]) => text).join("\n");
      return found.length > 0 ? found : [{ file, line, code, run: true }];
    });
  });
}
