import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isHyperfuncError, type Json } from "@hyperfunc/core";
import { expectTypeOf } from "expect-type";
import fc from "fast-check";
import { Dataset } from "./dataset.js";
import type { JsonlFields } from "./jsonl.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hyperfunc-jsonl-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(content: string | Uint8Array, name = "data.jsonl"): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** The message of the refusal, with the file's name only. */
async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (!isHyperfuncError(error, "INVALID_ARGUMENT")) throw error;
    return error.message.replaceAll(`${directory}/`, "");
  }
  throw new Error("nothing was refused");
}

const refused = async (content: string | Uint8Array, options?: JsonlFields) =>
  refusal(Dataset.fromJsonl(await file(content), options));

describe("fromJsonl", () => {
  it("reads examples with a byte order mark, CRLF, blank lines and no newline at the end", async () => {
    const path = await file(
      '\ufeff{"inputs": {"q": "a"}, "expected": 1, "id": "x", "tags": ["t"], "group": "g", "source": "web"}\r\n' +
        '\r\n  \n\ufeff{"inputs": "b", "expected": null, "id": 7, "tags": "t", "group": 8}\n{"inputs": "c", "expected": 2}',
    );
    const dataset = await Dataset.fromJsonl(path);
    expectTypeOf(dataset).toEqualTypeOf<Dataset<Json, Json>>();
    expect(dataset.examples).toEqual([
      { inputs: { q: "a" }, expected: 1, id: "x", tags: ["t"], group: "g" },
      { inputs: "b", expected: null, id: "7", tags: ["t"], group: "8" },
      { inputs: "c", expected: 2, id: expect.any(String), tags: [] },
    ]);
    expect(dataset.name).toBe("data");
    expect((await Dataset.fromJsonl(path, { name: "mine" })).name).toBe("mine");
  });

  it.each([
    ["drop", 1],
    ["keep", 2],
  ] as const)("takes a line given twice as told: %s", async (duplicates, length) => {
    const path = await file('{"inputs": 1, "expected": 1}\n{"inputs": 1, "expected": 1}\n');
    expect((await Dataset.fromJsonl(path, { duplicates })).length).toBe(length);
  });

  it("reads the fields that are named", async () => {
    const path = await file('{"q": "a", "ctx": [1], "answer": "b", "key": 3, "kind": "k", "doc": "d"}\n');
    const dataset = await Dataset.fromJsonl<{ q: string; ctx: number[] }, string>(path, {
      inputs: ["q", "ctx"],
      expected: "answer",
      id: "key",
      tags: "kind",
      group: "doc",
    });
    expect(dataset.examples).toEqual([
      { inputs: { q: "a", ctx: [1] }, expected: "b", id: "3", tags: ["k"], group: "d" },
    ]);
    const single = await Dataset.fromJsonl(path, { inputs: "q", expected: ["answer"] });
    expect(single.examples[0]).toMatchObject({ inputs: "a", expected: { answer: "b" } });
  });

  it("reads what parse makes of a line, with its types", async () => {
    const path = await file("[1, 2]\n[3, 4]\n");
    const dataset = await Dataset.fromJsonl(path, {
      parse: (line) => {
        const [inputs, expected] = line as [number, number];
        if (inputs > 2) throw new Error("too large");
        return { inputs, expected, id: undefined };
      },
      duplicates: "drop",
    }).catch((error: unknown) => error);
    expect(dataset).toMatchObject({ message: `${path}:2: too large`, cause: new Error("too large") });
    const read = await Dataset.fromJsonl(path, {
      parse: (line) => ({ inputs: line as number[], expected: true }),
    });
    expectTypeOf(read).toEqualTypeOf<Dataset<number[], boolean>>();
    expect(read.examples.map(({ inputs }) => inputs)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("names file and line of what is wrong", async () => {
    const good = '{"inputs": 1, "expected": 1}\r\n\r\n';
    expect(await refused(`${good}{"inputs": 2,}`)).toMatch(/^data\.jsonl:3: the line is not JSON: .*JSON/);
    expect(await refused(`${good}[1]`)).toBe("data.jsonl:3: the line is not a JSON object.");
    expect(await refused(`${good}{"input": 2, "expected": 1}`)).toBe(
      'data.jsonl:3: the line has no field "inputs"; did you mean "input"? There are "input", "expected".',
    );
    expect(await refused(`${good}{"inputs": 2, "answer": 1}`)).toBe(
      'data.jsonl:3: the line has no field "expected"; there are "inputs", "answer".',
    );
    expect(await refused(`${good}{"inputs": 2, "expected": 1, "tags": [1]}`)).toContain(
      "data.jsonl:3: tags must be",
    );
    expect(await refused(`${good}{"inputs": 2, "expected": 1, "id": 12345678901234567890}`)).toMatch(
      /^data\.jsonl:3: the field "id" must be a string or a whole number below 2\^53, got 1234567890123456\d+\.$/,
    );
    expect(await refused(`${good}${good}`)).toMatch(
      /^data\.jsonl:3 and data\.jsonl:1 are the same example, id "[0-9a-f]{16}"; pass duplicates/,
    );
    expect(await refused("\n \r\n")).toBe("data.jsonl holds no examples.");
    for (const option of ["id", "tags", "group"]) {
      expect(await refused(`${good}{"inputs": 2, "expected": 1}`, { [option]: "conv" })).toBe(
        'No line of data.jsonl has the field "conv"; there are "inputs", "expected".',
      );
    }
    const latin1 = Buffer.from('{"inputs": "café", "expected": 1}\n', "latin1");
    const other = Buffer.from(good);
    expect(await refused(Buffer.concat([other, latin1, other]))).toBe(
      "data.jsonl:3: the text is not UTF-8; save the file as UTF-8.",
    );
    expect(await refused(Buffer.from(`\ufeff${good}`, "utf16le"))).toContain(
      "data.jsonl:1: the text is not UTF-8",
    );
    await expect(Dataset.fromJsonl(join(directory, "none.jsonl"))).rejects.toThrow(/ENOENT.*none\.jsonl/);
  });

  it("reads lines without expected where nothing else can be meant", async () => {
    const path = await file('{"inputs": 1}\n{"inputs": 2, "id": "b", "group": "g"}\n');
    expect((await Dataset.fromJsonl(path)).examples.map(({ expected }) => expected)).toEqual([
      undefined,
      undefined,
    ]);
    const named = await file('{"question": "a"}\n', "named.jsonl");
    expect((await Dataset.fromJsonl(named, { inputs: ["question"] })).length).toBe(1);
    expect(await refusal(Dataset.fromJsonl(named, { inputs: ["question"], expected: "answer" }))).toContain(
      'named.jsonl:1: the line has no field "answer"',
    );
  });

  it("reads files that are larger than one read, whose characters and lines lie across its borders", async () => {
    const records = Array.from({ length: 3000 }, (_, i) => ({ inputs: "ä🙂".repeat(i % 97), expected: i }));
    const long = { inputs: "é".repeat(300_000), expected: -1 };
    const lines = [...records, long, { inputs: "end", expected: -2 }].map((each) => JSON.stringify(each));
    const dataset = await Dataset.fromJsonl(await file(lines.join("\n")));
    expect(dataset.length).toBe(3002);
    expect(dataset.examples[3000]?.inputs).toBe(long.inputs);
    expect(dataset.examples[2999]?.inputs).toBe(records[2999]?.inputs);
    const broken = [...lines, "{"].join("\n");
    expect(await refused(broken)).toContain("data.jsonl:3003:");
    const latin1 = Buffer.concat([Buffer.from(`${lines.join("\n")}\n`), Buffer.from([0xe9, 0x0a])]);
    expect(await refused(latin1)).toContain("data.jsonl:3003: the text is not UTF-8");
  });
});

describe("toJsonl", () => {
  it("writes what fromJsonl reads back, whatever the strings", async () => {
    const odd = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\n",
        "\r\n",
        "\u2028\u2029",
        "🙂",
        "\ud83d",
        "\udc00\ud800",
        "\ufeff",
        "\0",
        '"\\',
        "__proto__",
      ),
    );
    const value = fc.oneof(
      odd,
      fc.dictionary(odd, odd),
      fc.array(odd),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const record = fc.record(
      {
        inputs: value,
        expected: fc.option(value, { nil: undefined }),
        tags: fc.array(odd.filter((text) => text !== "")),
        group: odd.filter((text) => text !== ""),
      },
      { requiredKeys: ["inputs", "expected"] },
    );
    const path = join(directory, "odd.jsonl");
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
        const dataset = Dataset.of(records.map((each, i) => ({ ...each, id: `${i}` })));
        await dataset.toJsonl(path);
        const read = await Dataset.fromJsonl(path);
        expect(read.examples).toEqual(dataset.examples);
        expect(read.hash).toBe(dataset.hash);
        expect(await readFile(path, "utf8")).toBe(dataset.toJsonLines());
      }),
    );
  });

  it("keeps ids that were made of content", async () => {
    const dataset = Dataset.of(
      [
        { inputs: 1, expected: 1 },
        { inputs: 1, expected: 1 },
      ],
      { duplicates: "keep" },
    );
    const path = join(directory, "kept.jsonl");
    await dataset.toJsonl(path);
    expect((await Dataset.fromJsonl(path)).ids).toEqual(dataset.ids);
  });

  it("replaces a file in one step and leaves nothing beside it", async () => {
    const path = join(directory, "replaced.jsonl");
    await writeFile(path, "before");
    const dataset = Dataset.of(
      Array.from({ length: 5000 }, (_, i) => ({ inputs: "x".repeat(50), expected: i })),
    );
    await dataset.toJsonl(path);
    expect((await Dataset.fromJsonl(path)).hash).toBe(dataset.hash);
    await expect(dataset.toJsonl(join(directory, "no", "such.jsonl"))).rejects.toThrow("ENOENT");
    // A folder cannot be replaced by a file.
    await mkdir(join(directory, "folder"));
    await expect(dataset.toJsonl(join(directory, "folder"))).rejects.toThrow();
    expect((await readdir(directory)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
