import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isHyperfuncError } from "@hyperfunc/core";
import { expectTypeOf } from "expect-type";
import fc from "fast-check";
import { Dataset } from "./dataset.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hyperfunc-csv-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(directory, "data.csv");
  await writeFile(path, content);
  return path;
}

const columns = { inputs: ["question"], expected: "answer" } as const;

/** The message of the refusal, with the file's name only. */
async function refused(content: string | Uint8Array, options: object = {}): Promise<string> {
  try {
    await Dataset.fromCsv(await file(content), { ...columns, ...options });
  } catch (error) {
    if (!isHyperfuncError(error, "INVALID_ARGUMENT")) throw error;
    return error.message.replaceAll(`${directory}/`, "");
  }
  throw new Error("nothing was refused");
}

describe("fromCsv", () => {
  it("reads named columns as strings", async () => {
    const path = await file(
      "\ufeffid, question ,answer,topic,user,unused\r\n" +
        '7,"What, now?",01,"a; b,;a",u1,x\r\n' +
        ',"He said ""no""\r\nand left",,,,\r\n',
    );
    const dataset = await Dataset.fromCsv(path, {
      inputs: ["question"],
      expected: "answer",
      id: "id",
      tags: "topic",
      group: "user",
    });
    expectTypeOf(dataset).toEqualTypeOf<Dataset<{ readonly question: string }, string>>();
    expect(dataset.examples).toEqual([
      { inputs: { question: "What, now?" }, expected: "01", id: "7", tags: ["a", "b"], group: "u1" },
      { inputs: { question: 'He said "no"\r\nand left' }, expected: "", id: expect.any(String), tags: [] },
    ]);
    expect(dataset.name).toBe("data");
    expect((await Dataset.fromCsv(path, { inputs: ["question"], name: "mine" })).name).toBe("mine");
    const single = await Dataset.fromCsv(path, { inputs: "question", expected: ["answer", "user"] });
    expectTypeOf(single).toEqualTypeOf<Dataset<string, { readonly answer: string; readonly user: string }>>();
    expect(single.examples[0]).toMatchObject({
      inputs: "What, now?",
      expected: { answer: "01", user: "u1" },
    });
    const unlabelled = await Dataset.fromCsv(path, { inputs: ["question"] });
    expectTypeOf(unlabelled).toEqualTypeOf<Dataset<{ readonly question: string }, undefined>>();
    expect(unlabelled.examples[0]?.expected).toBeUndefined();
  });

  it("reads what parse makes of the cells, with its types", async () => {
    const path = await file("a;b;sum\n1;2;3\n4;5;9\n");
    const dataset = await Dataset.fromCsv(path, {
      delimiter: ";",
      parse: (cell) => ({ inputs: [Number(cell("a")), Number(cell("b"))], expected: Number(cell("sum")) }),
    });
    expectTypeOf(dataset).toEqualTypeOf<Dataset<number[], number>>();
    expect(dataset.examples.map(({ expected }) => expected)).toEqual([3, 9]);
    expect(
      await refused("a,sum\n1,2\n", {
        parse: (cell: (column: string) => string) => ({ inputs: cell("summ") }),
      }),
    ).toBe('data.csv:2: the header has no column "summ"; did you mean "sum"? There are "a", "sum".');
    expect(
      await refused("a,b\n1,x\n", {
        parse: (cell: (column: string) => string) => ({ inputs: Number(cell("b")) }),
      }),
    ).toBe("data.csv:2: inputs is NaN, which JSON cannot hold; give plain JSON values.");
    expect(await refused("a,b\n1,x\n", { parse: () => undefined })).toContain('data.csv:2 has no "inputs"');
  });

  it("reads what a writer of RFC 4180 writes, whatever the cells, line endings and delimiter", async () => {
    const cell = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('"', ",", ";", "\n", "\r", "\r\n", " ", "a", "ä", "🙂", "\u2028") }),
    );
    const quoted = (text: string, delimiter: string) =>
      /["\r\n]/.test(text) || text.includes(delimiter.charAt(0)) ? `"${text.replaceAll('"', '""')}"` : text;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(cell, cell, cell), {
          minLength: 1,
          maxLength: 5,
          selector: (row) => JSON.stringify(row),
        }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.constantFrom(",", ";", "\t", "||"),
        fc.boolean(),
        async (rows, newline, delimiter, ended) => {
          const line = (cells: readonly string[]) =>
            cells.map((text) => quoted(text, delimiter)).join(delimiter);
          const text = [["a", "b", "c"], ...rows].map(line).join(newline) + (ended ? newline : "");
          const dataset = await Dataset.fromCsv(await file(text), {
            inputs: ["a", "b"],
            expected: "c",
            delimiter,
          });
          expect(dataset.examples.map(({ inputs, expected }) => [inputs.a, inputs.b, expected])).toEqual(
            rows,
          );
        },
      ),
    );
  });

  it("names file and line of what is wrong, also after records of several lines and blank ones", async () => {
    const good = 'question,answer\r\n"two\r\nlines",1\r\n\r\n  \r\n"three\n\nlines",2\r\n';
    expect(await refused(`${good}a,b,c\r\n`)).toBe(
      'data.csv:9: the record has 3 fields, the header 2; quote a field that holds "," or a line break.',
    );
    expect(await refused(`${good}x,1\n"open,2\r\n\r\nx,3\n`)).toBe(
      "data.csv:10: a quoted field of this record is never closed.",
    );
    expect(await refused(`${good}"a" b,2\r\n`)).toBe(
      'data.csv:9: a quoted field of this record goes on after its closing quote; write a quote inside a field as "".',
    );
    expect(await refused(`${good}a "b",2\r\n`)).toBe(
      'data.csv:9: a field of this record has a quote but does not begin with it; quote the whole field, and write the quote as "".',
    );
    expect(await refused(`${good}"two\r\nlines",1\r\n`)).toMatch(
      /^data\.csv:9 and data\.csv:2 are the same example/,
    );
    expect(await refused(good, { group: "gruop" })).toContain('data.csv:1: the header has no column "gruop"');
    const latin1 = Buffer.concat([Buffer.from(good), Buffer.from("café,1\r\n", "latin1")]);
    expect(await refused(latin1)).toBe("data.csv:9: the text is not UTF-8; save the file as UTF-8.");
  });

  it("names columns that are not there, those that are, and a delimiter that may be meant", async () => {
    expect(await refused("question,anwser\na,b\n")).toBe(
      'data.csv:1: the header has no column "answer"; did you mean "anwser"? There are "question", "anwser".',
    );
    expect(await refused("question;answer\na;b\n")).toContain(
      'For a file with another delimiter pass delimiter: ";".',
    );
    expect(await refused("question,answer,answer\na,b,c\n")).toBe(
      'data.csv:1: the header has several columns "answer"; rename them.',
    );
    expect(await refused("question,answer\n")).toBe("data.csv holds no examples.");
    expect(await refused("")).toBe("data.csv holds no examples.");
    expect(await refused("question,answer\na,b", { delimiter: "" })).toContain("delimiter must be a string");
    await expect(Dataset.fromCsv(join(directory, "none.csv"), columns)).rejects.toThrow(/ENOENT.*none\.csv/);
  });

  it("reads files that are larger than one read", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `"ä🙂\r\n${i}",${i}`);
    const dataset = await Dataset.fromCsv(await file(`question,answer\r\n${rows.join("\r\n")}`), columns);
    expect(dataset.length).toBe(5000);
    expect(dataset.examples[4999]).toMatchObject({ inputs: { question: "ä🙂\r\n4999" }, expected: "4999" });
    expect(await refused(`question,answer\r\n${rows.join("\r\n")}\r\na`)).toContain("data.csv:10002:");
  });
});
