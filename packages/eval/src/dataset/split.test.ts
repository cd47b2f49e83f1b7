import { describe, expect, it } from "@jest/globals";
import { isHyperfuncError } from "@hyperfunc/core";
import { expectTypeOf } from "expect-type";
import fc from "fast-check";
import { assertDisjoint } from "./assert-disjoint.js";
import type { DatasetRecord } from "./dataset-example.js";
import { Dataset } from "./dataset.js";

const shares = { train: 0.6, validation: 0.2, test: 0.2 };
type Part = keyof typeof shares;
const PARTS = ["train", "validation", "test"] as const;

function numbers(count: number, from = 0): DatasetRecord<{ n: number }, number>[] {
  return Array.from({ length: count }, (_, i) => ({
    inputs: { n: from + i },
    expected: i,
    id: `n${from + i}`,
  }));
}

function sideOf(parts: Readonly<Record<Part, Dataset<unknown, unknown>>>): Map<string, Part> {
  return new Map(PARTS.flatMap((part) => parts[part].ids.map((id) => [id, part] as const)));
}

function movedBetween(before: ReadonlyMap<string, Part>, after: ReadonlyMap<string, Part>): string[] {
  return [...before].filter(([id, side]) => after.get(id) !== side).map(([id]) => id);
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isHyperfuncError(error, "INVALID_ARGUMENT")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Examples of few texts and few groups, so that many of them belong together. */
const tangled = fc
  .array(
    fc.record({
      text: fc.constantFrom("What is it?", " what  is it? ", "WHAT IS IT?", "and now?", "And now?\n", "no"),
      number: fc.nat(40),
      group: fc.option(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ text, number, group }, i) => ({
      inputs: `${text}${number}`,
      expected: i,
      id: `e${i}`,
      group,
    })),
  );

/** The split, or undefined where a part would be empty. */
function splitIfPossible<Inputs, Expected>(
  dataset: Dataset<Inputs, Expected>,
  options?: Parameters<Dataset<Inputs, Expected>["split"]>[1],
): { readonly [Name in Part]: Dataset<Inputs, Expected> } | undefined {
  try {
    return dataset.split(shares, options);
  } catch (error) {
    if (isHyperfuncError(error) && error.message.includes("would be empty")) return undefined;
    throw error;
  }
}

describe("split", () => {
  it("puts every example into one part, in the order of the dataset, about in the shares", () => {
    const dataset = Dataset.of(numbers(5000), { name: "numbers" });
    const parts = dataset.split(shares);
    expect(PARTS.flatMap((part) => parts[part].ids).toSorted()).toEqual(dataset.ids.toSorted());
    for (const part of PARTS) {
      const kept = new Set(parts[part].ids);
      expect(parts[part].ids).toEqual(dataset.ids.filter((id) => kept.has(id)));
      // Four standard deviations.
      const tolerance = 4 * Math.sqrt(5000 * shares[part] * (1 - shares[part]));
      expect(Math.abs(parts[part].length - 5000 * shares[part])).toBeLessThan(tolerance);
      expect(parts[part].name).toBe(`numbers/${part}`);
      expect(parts[part].origin).toEqual({ dataset, part, share: shares[part], seed: 0 });
      expect(parts[part].take(1).filter(() => true).origin?.dataset).toBe(dataset);
    }
    expect(dataset.origin).toBeUndefined();
    expect(Dataset.of(numbers(100)).split(shares).test.name).toBe("test");
  });

  it("keeps duplicates, groups and what they link on one side, whatever the data", () => {
    let possible = 0;
    fc.assert(
      fc.property(tangled, fc.nat(20), fc.boolean(), (records, seed, stratified) => {
        const stratify = stratified ? ({ expected }: { expected: number }) => `${expected % 3}` : undefined;
        const parts = splitIfPossible(Dataset.of(records), { seed, stratify });
        if (parts === undefined) return;
        possible++;
        expect(sideOf(parts).size).toBe(records.length);
        assertDisjoint(parts.train, parts.validation, parts.test);
        // An oracle of its own: no pair across a border that any rule ties.
        const side = sideOf(parts);
        const plain = (text: string) => text.toLowerCase().replace(/\s+/g, " ").trim();
        for (const a of records) {
          for (const b of records) {
            const tied =
              plain(a.inputs) === plain(b.inputs) || (a.group !== undefined && a.group === b.group);
            if (tied) expect(side.get(a.id)).toBe(side.get(b.id));
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(possible).toBeGreaterThan(50);
  });

  it("takes texts for the same that differ in case, whitespace, invisible characters or Unicode form", () => {
    const variants = [
      "Straße café, Σίσυφος?",
      "  STRASSE CAFÉ, ΣΊΣΥΦΟΣ?  ",
      "stra\u00ADße cafe\u0301,\u00a0\t\nσίσυφος?",
      "\ufeffＳＴＲＡＳＳＥ café,\u2003Σίσυφος\u200b?",
    ];
    for (let seed = 0; seed < 30; seed++) {
      const others = numbers(30).map((each) => ({ ...each, inputs: { text: [`${each.inputs.n}`] } }));
      const records = variants.map((text, i) => ({ inputs: { text: [text] }, expected: i, id: `v${i}` }));
      const parts = splitIfPossible(Dataset.of([...records, ...others]), { seed });
      if (parts === undefined) continue;
      const side = sideOf(parts);
      expect(new Set(variants.map((_, i) => side.get(`v${i}`))).size).toBe(1);
    }
    const { a, b } = Dataset.of([
      { inputs: "a b", expected: 1 },
      { inputs: "ab", expected: 1 },
      ...Array.from({ length: 30 }, (_, i) => ({ inputs: `${i}`, expected: 1 })),
    ]).split({ a: 0.5, b: 0.5 });
    expect(a.length + b.length).toBe(32);
  });

  it("gives the same in any order of examples and shares", () => {
    fc.assert(
      fc.property(tangled, fc.nat(20), fc.boolean(), fc.nat(), (records, seed, stratified, shuffle) => {
        const stratify = stratified ? ({ expected }: { expected: number }) => `${expected % 3}` : undefined;
        const parts = splitIfPossible(Dataset.of(records), { seed, stratify });
        if (parts === undefined) return;
        const reordered = records.toSorted((a, b) => order(a.id, shuffle) - order(b.id, shuffle));
        const again = Dataset.of(reordered).split(
          { test: 0.2, validation: 0.2, train: 0.6 },
          { seed, stratify },
        );
        expect(new Map([...sideOf(again)].toSorted())).toEqual(new Map([...sideOf(parts)].toSorted()));
      }),
    );
  });

  it("leaves every example on its side when others are added", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 120 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(50),
        (n, more, seed) => {
          const before = splitIfPossible(Dataset.of(numbers(n)), { seed });
          if (before === undefined) return;
          const again = numbers(n).map((each) => ({ ...each, id: `${each.id} again`, expected: -1 }));
          const after = Dataset.of([...numbers(more, 1000), ...again, ...numbers(n)]).split(shares, { seed });
          expect(movedBetween(sideOf(before), sideOf(after))).toEqual([]);
          const side = sideOf(after);
          expect(again.filter(({ id }) => side.get(id) !== side.get(id.slice(0, -6)))).toEqual([]);
        },
      ),
    );
  });

  it("leaves every group on its side when examples are added to it and beside it", () => {
    const grouped = (from: number, count: number, groups: number) =>
      numbers(count, from).map((each) => ({ ...each, group: `user ${each.inputs.n % groups}` }));
    for (let seed = 0; seed < 20; seed++) {
      const before = sideOf(Dataset.of(grouped(0, 200, 40)).split(shares, { seed }));
      const after = sideOf(
        Dataset.of([...grouped(1000, 500, 90), ...grouped(0, 200, 40)]).split(shares, { seed }),
      );
      expect(movedBetween(before, after)).toEqual([]);
    }
  });

  it("keeps together what `by` names, instead of the examples' groups", () => {
    const records = numbers(400).map((each) => ({ ...each, group: `fine ${each.inputs.n}` }));
    const userOf = ({ inputs }: { inputs: { n: number } }) => `user ${inputs.n % 50}`;
    const parts = Dataset.of(records).split(shares, { by: userOf });
    const sides = new Map<string, Set<Part>>();
    for (const part of PARTS) {
      for (const example of parts[part]) {
        const user = userOf(example);
        sides.set(user, (sides.get(user) ?? new Set()).add(part));
        expect(parts[part].groupOf(example)).toBe(user);
      }
    }
    expect(sides.size).toBe(50);
    for (const parts of sides.values()) expect(parts.size).toBe(1);
    // A later split of a part still keeps the users together.
    const { fit, stop } = parts.train.split({ fit: 0.5, stop: 0.5 });
    const fitUsers = new Set([...fit].map(userOf));
    expect([...stop].filter((example) => fitUsers.has(userOf(example)))).toEqual([]);
    expect(refusal(() => Dataset.of(records).split(shares, { by: () => 7 as unknown as string }))).toBe(
      'by must return a string, but for example "n0" it returned 7.',
    );
  });

  it("divides a part again in the shares, with the same seed", () => {
    const within = Dataset.of(numbers(4000)).split({ test: 0.5, train: 0.5 }).train;
    for (const part of [within, within.filter(() => true), within.map((example) => ({ ...example }))]) {
      const again = part.split({ test: 0.2, train: 0.8 });
      expect(Math.abs(again.test.length - part.length / 5)).toBeLessThan(75);
      const third = again.train.split({ a: 0.2, b: 0.8 });
      expect(Math.abs(third.a.length - again.train.length / 5)).toBeLessThan(70);
    }
    const even = within.split({ test: 0.2, train: 0.8 }, { stratify: () => "" });
    expect(Math.abs(even.test.length - within.length / 5)).toBeLessThan(1);
  });

  it("divides every stratum in the shares, to less than one group", () => {
    const names = ["common", "rare", "rarest"];
    const stratumOf = ({ inputs }: { inputs: { n: number } }) =>
      inputs.n % 10 < 8 ? "common" : inputs.n % 100 < 99 ? "rare" : "rarest";
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 600 }), fc.nat(1000), (n, seed) => {
        const dataset = Dataset.of(numbers(n));
        const parts = splitIfPossible(dataset, { seed, stratify: stratumOf });
        if (parts === undefined) return;
        for (const name of names) {
          const total = dataset.filter((example) => stratumOf(example) === name).length;
          for (const part of PARTS) {
            const count = parts[part].filter((example) => stratumOf(example) === name).length;
            expect(Math.abs(count - total * shares[part])).toBeLessThan(1 + 1e-6);
          }
        }
      }),
    );
    expect(
      refusal(() => Dataset.of(numbers(5)).split(shares, { stratify: () => undefined as unknown as string })),
    ).toContain('stratify must return a string, but for example "n0" it returned undefined.');
  });

  it("gives small strata to all parts alike", () => {
    // Every stratum is a single example; an even rule per stratum would give them all to one part.
    const dataset = Dataset.of(numbers(2000));
    const stratify = ({ inputs }: { inputs: { n: number } }) => `${inputs.n}`;
    const parts = dataset.split(shares, { stratify });
    expect(dataset.split(shares, { stratify, seed: 1 }).test.ids).not.toEqual(parts.test.ids);
    expect(Math.abs(parts.test.length - 400)).toBeLessThan(80);
    expect(Math.abs(parts.train.length - 1200)).toBeLessThan(100);
    const { fit } = parts.train.split({ fit: 0.2, stop: 0.8 }, { stratify });
    expect(Math.abs(fit.length - parts.train.length / 5)).toBeLessThan(70);
  });

  it("moves few across with strata when examples are added", () => {
    for (let seed = 0; seed < 20; seed++) {
      const before = sideOf(Dataset.of(numbers(1000)).split(shares, { seed, stratify: () => "" }));
      const after = sideOf(
        Dataset.of([...numbers(1000), ...numbers(10, 5000)]).split(shares, { seed, stratify: () => "" }),
      );
      const moved = movedBetween(before, after).length;
      // Two boundaries, each passed by at most one more than were added.
      expect(moved).toBeLessThanOrEqual(2 * 11);
    }
  });

  it("counts a group to the stratum of most of its examples", () => {
    const records = numbers(3000).map((each) => ({ ...each, group: `g${Math.floor(each.inputs.n / 3)}` }));
    const parts = Dataset.of(records).split(
      { train: 0.5, test: 0.5 },
      {
        stratify: ({ inputs }) => (inputs.n % 3 === 0 ? "a" : Math.floor(inputs.n / 3) % 2 === 0 ? "b" : "c"),
      },
    );
    // Two of three are of "b" or "c", which alternate, so that each half has its half of both.
    for (const part of [parts.train, parts.test]) {
      const evens = part.filter(({ inputs }) => Math.floor(inputs.n / 3) % 2 === 0).length;
      expect(Math.abs(evens - 750)).toBeLessThanOrEqual(3);
    }
  });

  it("gives other splits for other seeds", () => {
    const dataset = Dataset.of(numbers(100));
    const { test } = dataset.split(shares, { seed: 1 });
    expect(test.ids).not.toEqual(dataset.split(shares).test.ids);
    expect(test.origin?.seed).toBe(1);
    expect(dataset.split(shares, { seed: 0 }).test.ids).toEqual(dataset.split(shares).test.ids);
    expect(refusal(() => dataset.split(shares, { seed: NaN }))).toContain("NaN");
  });

  it("stays the same from version to version", () => {
    const { test } = Dataset.of(numbers(20)).split({ train: 0.7, test: 0.3 });
    expect(test.ids).toEqual(["n0", "n7", "n8", "n9", "n10", "n12", "n17", "n19"]);
  });

  it.each([
    [{ a: 0.5, b: 0.4 }, "The shares must sum to 1, but { a: 0.5, b: 0.4 } sums to 0.9."],
    [{ a: 1.2, b: -0.2 }, 'The share of "a" must be a number above 0 and at most 1, got 1.2.'],
    [{ a: 1, b: 0 }, 'The share of "b" must be a number above 0 and at most 1, got 0.'],
    [{ a: NaN, b: 1 }, "got NaN"],
    [{ a: 0.5 + 1e-8, b: 0.5 }, "must sum to 1"],
    [{}, "must sum to 1, but {  } sums to 0"],
    [{ a: "0.5", b: 0.5 }, "got 0.5"],
  ])("refuses the shares %j", (given, message) => {
    expect(refusal(() => Dataset.of(numbers(50)).split(given as Record<string, number>))).toContain(message);
  });

  it("takes shares whose sum is 1 but for rounding", () => {
    const seven = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`p${i}`, 1 / 7]));
    const parts = Dataset.of(numbers(700)).split({ ...seven, p0: 1 / 7 + 5e-10 }, { stratify: () => "" });
    expect(Object.values(parts).map(({ length }) => length)).toEqual(Array(7).fill(100));
    expect(Dataset.of(numbers(3)).split({ all: 1 }).all.length).toBe(3);
  });

  it("refuses to leave a part empty, and says why", () => {
    const tiny = Dataset.of(numbers(2));
    expect(refusal(() => tiny.split(shares))).toMatch(
      /^The part "\w+", a share of 0\.\d, would be empty: there are 2 examples\. Give more examples, a larger share, or another seed; stratify: \(\) => "" meets the shares exactly\.$/,
    );
    const linked = Dataset.of(numbers(50).map((each) => ({ ...each, group: `${each.inputs.n % 2}` })));
    expect(refusal(() => linked.split(shares, { stratify: () => "" }))).toMatch(
      /there are 50 examples in 2 groups that share inputs or a group, the largest of 25\. Give more examples, a larger share, or another seed\.$/,
    );
    expect(refusal(() => tiny.filter(() => false).split({ all: 1 }))).toContain("there are 0 examples");
  });

  it("has the parts of its shares, by type and by name", () => {
    const parts = Dataset.of(numbers(50)).split({ train: 0.5, test: 0.5 });
    expectTypeOf(parts).toEqualTypeOf<{
      readonly train: Dataset<{ n: number }, number>;
      readonly test: Dataset<{ n: number }, number>;
    }>();
    expect(Object.keys(parts).toSorted()).toEqual(["test", "train"]);
  });
});

/** Any order that depends on a number. */
function order(id: string, by: number): number {
  return (Number(id.slice(1)) * 7919 + by) % 101;
}
