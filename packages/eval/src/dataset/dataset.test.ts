import { describe, expect, it } from "@jest/globals";
import {
  hyperSystem,
  hyperfunction,
  isHyperfuncError,
  NoOpSystemOptimizer,
  perExample,
} from "@hyperfunc/core";
import { expectTypeOf } from "expect-type";
import fc from "fast-check";
import type { DatasetExample } from "./dataset-example.js";
import { Dataset } from "./dataset.js";

const sums = [
  { inputs: { question: "2 + 2" }, expected: "4", id: "two", tags: ["easy"] },
  { inputs: { question: "3 * 3" }, expected: "9" },
  { inputs: { question: "7 ^ 2" }, expected: "49", tags: ["hard", "power", "hard"], group: "powers" },
];

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isHyperfuncError(error, "INVALID_ARGUMENT")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Any JSON object, with keys and strings of all kinds. */
const json = fc.jsonValue({ stringUnit: "binary" });

describe("Dataset.of", () => {
  it("gives examples ids, tags and groups, and keeps their order", () => {
    const dataset = Dataset.of(sums, { name: "sums" });
    expect(dataset.examples).toEqual([
      { ...sums[0], tags: ["easy"] },
      { ...sums[1], id: expect.stringMatching(/^[0-9a-f]{16}$/), tags: [] },
      { ...sums[2], id: expect.stringMatching(/^[0-9a-f]{16}$/), tags: ["hard", "power"] },
    ]);
    expect(dataset.length).toBe(3);
    expect([...dataset]).toEqual(dataset.examples);
    expect(dataset.ids).toEqual(dataset.examples.map(({ id }) => id));
    expect(new Set(dataset.ids).size).toBe(3);
    expect(dataset.name).toBe("sums");
  });

  it("makes the id of content: inputs, expected and group, not key order, tags or position", () => {
    const idOf = (record: { inputs: unknown; expected: unknown; tags?: string[]; group?: string }) =>
      Dataset.of([record]).ids[0];
    const id = idOf({ inputs: { a: 1, b: 2 }, expected: 3 });
    expect(idOf({ inputs: { b: 2, a: 1 }, expected: 3, tags: ["new"] })).toBe(id);
    expect(idOf({ inputs: { a: 1, b: 2 }, expected: 4 })).not.toBe(id);
    expect(idOf({ inputs: { a: 1, b: 3 }, expected: 3 })).not.toBe(id);
    expect(idOf({ inputs: { a: 1, b: 2 }, expected: 3, group: "g" })).not.toBe(id);
  });

  it("takes what core takes, and is taken by it", async () => {
    const answer = hyperfunction({ name: "answer" }, ({ question }: { question: string }) => question);
    const system = hyperSystem(
      { name: "echo", hyperfunctions: [answer], optimizer: new NoOpSystemOptimizer() },
      (input: { question: string }) => answer(input),
    );
    const dataset = Dataset.of([
      { inputs: { question: "a" }, expected: "a" },
      { inputs: { question: "b" }, expected: "c" },
    ]);
    const exact = perExample((output: string, expected: string) => (output === expected ? 1 : 0));
    expect(await system.evaluate(dataset.examples, exact)).toBe(0.5);
    expect((await system.trace(dataset.examples[0]?.inputs ?? { question: "" })).output).toBe("a");
    await system.optimize(dataset.examples, exact, { validation: dataset.examples });
  });

  it("refuses an id given twice, and names both places", () => {
    const twice = [sums[0], { inputs: { question: "other" }, expected: "4", id: "two" }].flatMap(
      (r) => r ?? [],
    );
    expect(refusal(() => Dataset.of(twice))).toBe(
      'examples[1] and examples[0] have the same id "two" but other content; give each example its own id.',
    );
    expect(refusal(() => Dataset.of(twice, { duplicates: "drop" }))).toContain("other content");
    const retagged = [
      { inputs: 1, expected: 2, tags: ["a"] },
      { inputs: 1, expected: 2, tags: ["b"] },
    ];
    expect(refusal(() => Dataset.of(retagged))).toBe(
      "examples[1] and examples[0] have the same inputs and expected but other tags; give them ids, or tag them alike.",
    );
  });

  it("refuses, drops or keeps an example given twice", () => {
    const twice = [...sums, ...sums];
    expect(refusal(() => Dataset.of(twice))).toBe(
      'examples[3] and examples[0] are the same example, id "two"; pass duplicates: "drop" for one of them or "keep" for both.',
    );
    expect(Dataset.of(twice, { duplicates: "drop" }).examples).toEqual(Dataset.of(sums).examples);
    const kept = Dataset.of([...twice, ...sums], { duplicates: "keep" });
    expect(kept.length).toBe(9);
    expect(new Set(kept.ids).size).toBe(9);
    expect([kept.ids[0], kept.ids[3], kept.ids[6]]).toEqual(["two", "two#2", "two#3"]);
    expect(refusal(() => Dataset.of(sums, { duplicates: "maybe" as "keep" }))).toContain('got "maybe"');
  });

  it.each([
    [{ expected: 1 }, 'examples[0] has no "inputs"'],
    [undefined, 'examples[0] has no "inputs"'],
    [
      { inputs: 1, expected: 1, tag: ["a"] },
      'field "tag", which an example does not have; did you mean "tags"?',
    ],
    [{ inputs: 1, expected: 1, id: "" }, "examples[0]: id must be a string that is not empty"],
    [{ inputs: 1, expected: 1, id: 7 }, "id must be a string that is not empty, got 7"],
    [{ inputs: 1, expected: 1, id: "x", group: "" }, 'examples[0] (id "x"): group must be'],
    [{ inputs: 1, expected: 1, tags: "a" }, 'tags must be a list of strings that are not empty, got "a"'],
    [{ inputs: 1, expected: 1, tags: ["a", 2] }, 'got ["a", 2]'],
    [{ inputs: { a: [1, NaN] }, expected: 1, id: "x" }, 'examples[0] (id "x"): inputs.a[1] is NaN'],
    [{ inputs: 1, expected: { at: new Date(0) } }, "examples[0]: expected.at is a Date"],
  ])("refuses %j", (record, message) => {
    expect(refusal(() => Dataset.of([record as { inputs: unknown; expected: unknown }]))).toContain(message);
  });

  it("takes examples of which nothing is expected", () => {
    const dataset = Dataset.of([{ inputs: "a", expected: undefined }]);
    expect(dataset.examples[0]?.expected).toBeUndefined();
    expect(dataset.hash).not.toBe(Dataset.of([{ inputs: "a", expected: null }]).hash);
  });
});

describe("a dataset", () => {
  it("cannot change, from inside or outside", () => {
    const record = { inputs: { list: [1, 2] }, expected: { deep: { value: 1 } }, tags: ["a"] };
    const dataset = Dataset.of([record]);
    const { hash } = dataset;
    record.inputs.list.push(3);
    record.expected.deep.value = 2;
    record.tags.push("b");
    expect(dataset.examples[0]).toMatchObject({ inputs: { list: [1, 2] }, expected: { deep: { value: 1 } } });
    expect(Dataset.of(dataset).hash).toBe(hash);
    const [example] = dataset.examples as DatasetExample<typeof record.inputs>[];
    expect(() => example?.inputs.list.push(3)).toThrow(TypeError);
    expect(() => (example?.tags as string[]).push("b")).toThrow(TypeError);
    expect(() => (dataset.examples as unknown[]).pop()).toThrow(TypeError);
    expect(() => Object.assign(example ?? {}, { id: "b" })).toThrow(TypeError);
  });

  it("stays as it was when others are made from it", () => {
    const dataset = Dataset.of(sums);
    const { hash, examples } = dataset;
    dataset.filter(() => false);
    dataset.take(1);
    dataset.sample(1);
    dataset.map(({ expected }) => ({ inputs: expected, expected }));
    dataset.split({ a: 0.5, b: 0.5 }, { seed: 3 });
    expect(dataset.examples).toBe(examples);
    expect(dataset.hash).toBe(hash);
    expect(dataset.filter(({ id }) => id === "two").examples[0]).toBe(examples[0]);
  });

  it("is chosen from by tag", () => {
    const dataset = Dataset.of(sums, { name: "sums" });
    expect(dataset.withTag("hard").ids).toEqual([dataset.ids[2]]);
    expect(dataset.withoutTag("hard").ids).toEqual(dataset.ids.slice(0, 2));
    // The tag is not misspelt: it is in what this was chosen from.
    expect(dataset.withTag("easy").withTag("hard").length).toBe(0);
    expect(dataset.withTag("easy").withoutTag("hard").length).toBe(1);
    expect(refusal(() => dataset.withoutTag("hrd"))).toBe(
      'No example of "sums" has the tag "hrd"; did you mean "hard"? There are "easy", "hard", "power".',
    );
    expect(refusal(() => Dataset.of([{ inputs: 1, expected: 1 }]).withTag("a"))).toBe(
      'No example has the tag "a"; there are none.',
    );
  });

  it("gives its first examples", () => {
    const dataset = Dataset.of(sums);
    expect(dataset.take(2).ids).toEqual(dataset.ids.slice(0, 2));
    expect(dataset.take(5).length).toBe(3);
    expect(refusal(() => dataset.take(0))).toBe("count must be a positive whole number, got 0.");
    expect(refusal(() => dataset.take(1.5))).toContain("got 1.5");
  });

  it("samples the same in any order, larger samples holding smaller ones, in the order of the dataset", () => {
    const records = Array.from({ length: 200 }, (_, i) => ({ inputs: i, expected: i, id: `e${i}` }));
    const dataset = Dataset.of(records);
    const reversed = Dataset.of(records.toReversed());
    const ten = dataset.sample(10, { seed: 1 });
    expect(ten.length).toBe(10);
    expect(reversed.sample(10, { seed: 1 }).ids.toReversed()).toEqual(ten.ids);
    expect(dataset.sample(20, { seed: 1 }).ids).toEqual(expect.arrayContaining([...ten.ids]));
    expect(dataset.sample(10, { seed: 2 }).ids).not.toEqual(ten.ids);
    expect(dataset.sample(1000).length).toBe(200);
    expect(refusal(() => dataset.sample(-1))).toContain("got -1");
    const counts = new Map(dataset.ids.map((id) => [id, 0]));
    for (let seed = 0; seed < 400; seed++) {
      for (const id of dataset.sample(50, { seed }).ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    // Binomial(400, 1/4): mean 100, standard deviation 8.7.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(45);
  });

  it("maps examples, which keep id, tags and group unless others are returned", () => {
    const dataset = Dataset.of(sums);
    const asked = dataset.map(({ inputs, expected }) => ({
      inputs: inputs.question,
      expected: Number(expected),
    }));
    expectTypeOf(asked).toEqualTypeOf<Dataset<string, number>>();
    expect(asked.ids).toEqual(dataset.ids);
    expect(asked.examples[2]).toEqual({
      id: dataset.ids[2],
      inputs: "7 ^ 2",
      expected: 49,
      tags: ["hard", "power"],
      group: "powers",
    });
    const renamed = dataset.map((example) => ({
      ...example,
      id: `${example.id}!`,
      tags: ["new"],
      group: "g",
    }));
    expect(renamed.examples[0]).toEqual({ ...sums[0], id: "two!", tags: ["new"], group: "g" });
    expect(renamed.withTag("new").length).toBe(3);
    expect(renamed.withTag("hard").length).toBe(0); // not misspelt
    expect(refusal(() => dataset.map(() => ({ inputs: NaN, expected: 1 })))).toBe(
      'The changed example "two" (id "two"): inputs is NaN, which JSON cannot hold; give plain JSON values.',
    );
    for (const nothing of [undefined, null]) {
      expect(refusal(() => dataset.map(() => nothing as never))).toContain(`is ${nothing}; give { inputs`);
    }
    expect(refusal(() => dataset.map(() => ({ inputs: 1, expected: 1, id: "same" })))).toContain('"same"');
  });

  it("keeps a hash of its content, in any order, that any change changes", () => {
    const record = fc.record({
      inputs: json,
      expected: json,
      tags: fc.uniqueArray(fc.string({ minLength: 1 })),
    });
    fc.assert(
      fc.property(fc.array(record), fc.nat(), json, (records, position, other) => {
        const dataset = Dataset.of(records.map((each, i) => ({ ...each, id: `e${i}` })));
        const { examples, hash } = dataset;
        const reordered = examples.toReversed().map((each) => ({ ...each, tags: each.tags.toReversed() }));
        expect(Dataset.of(reordered).hash).toBe(hash);
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        const changed = examples[position % examples.length];
        if (changed === undefined) return;
        const withChange = (change: object) =>
          Dataset.of(examples.map((each) => (each === changed ? { ...each, ...change } : each))).hash;
        const isOther = JSON.stringify(sortedKeys(other)) !== JSON.stringify(sortedKeys(changed.inputs));
        expect(withChange({ inputs: other }) !== hash).toBe(isOther);
        expect(withChange({ expected: { changed: changed.expected } })).not.toBe(hash);
        expect(withChange({ id: "changed" })).not.toBe(hash);
        expect(withChange({ tags: [...changed.tags, "\0new"] })).not.toBe(hash);
        expect(withChange({ group: "new" })).not.toBe(hash);
        expect(dataset.filter((each) => each !== changed).hash).not.toBe(hash);
      }),
    );
  });

  it("has the same hash on every machine", () => {
    // Computed in Python: sha256 of the sorted sha256 of json.dumps(example, sort_keys=True, separators=(",", ":")).
    expect(Dataset.of(sums).hash).toBe("9c230b8ba115017a07ce99022d4349115f7aca6a848a1ad0678b8c600a1aba77");
    expect(Dataset.of([{ inputs: "\ud800", expected: 0.1 }]).hash).not.toBe(
      Dataset.of([{ inputs: "\ud801", expected: 0.1 }]).hash,
    );
  });

  it("infers its types", () => {
    const dataset = Dataset.of([{ inputs: { question: "a" }, expected: 1 }]);
    expectTypeOf(dataset).toEqualTypeOf<Dataset<{ question: string }, number>>();
    const dividing = () => dataset.split({ train: 0.5, test: 0.5 });
    expectTypeOf(dividing).returns.toEqualTypeOf<{
      readonly train: Dataset<{ question: string }, number>;
      readonly test: Dataset<{ question: string }, number>;
    }>();
    // @ts-expect-error there is no such part
    expect(() => void dividing().validation).toThrow();
  });
});

/** Oracle of canonical form: the members of objects sorted by key. */
function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => sortedKeys(part));
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { members: members.map(([key, part]: [string, unknown]) => [key, sortedKeys(part)]) };
}
