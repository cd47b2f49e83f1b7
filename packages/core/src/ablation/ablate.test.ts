import { describe, expect, it } from "@jest/globals";
import {
  ablate,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type HyperSystem,
} from "@hyperfunc/core";

const Line = defineHpType({
  name: "Line",
  fields: { gain: { default: 1, min: -9, max: 9 }, bias: { default: 0, min: -9, max: 9 } },
});
const first = hyperfunction(
  { name: "first", hpType: Line, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain + hp.bias,
);
const second = hyperfunction(
  { name: "second", hpType: { line: Line }, optimizeHparams: true },
  (x: number, { hp }) => x + hp.line.bias,
);
const third = hyperfunction(
  { name: "third", prompt: "ab", demos: [{ inputs: 1, output: 1 }] },
  (x: number, { prompt, demos }) => x + prompt.length + demos.length,
);
const itself = perExample((output: number) => output);
const data = [example(1, 0), example(2, 0), example(4, 0)];

function tuned(): HyperSystem<number, number> {
  const system = hyperSystem({ name: "tuned", hyperfunctions: [first, second, third] }, async (x: number) =>
    third(await second(await first(x))),
  );
  system.setHpState({ first: [2, 3], second: [1, 5] });
  const state = system.exportState();
  const { third: asked, ...others } = state.hyperfunctions;
  system.importState({
    ...state,
    hyperfunctions: { ...others, third: { ...asked, prompt: "abcd", demos: [] } },
  });
  return system;
}
const baseline = 14 / 3 + 3 + 5 + 4;
const changes = async (options: Parameters<typeof ablate>[3]): Promise<[string, number][]> => {
  const { rows } = await ablate(tuned(), data, itself, options);
  return rows.map(({ group, change }) => [group, Math.round(change * 1e9) / 1e9]);
};

describe("ablate", () => {
  it("resets every trainable hyperfunction by default", async () => {
    const { baseline: score, rows } = await ablate(tuned(), data, itself);
    expect(score).toBeCloseTo(baseline, 12);
    expect(rows.map(({ group }) => group)).toEqual(["first", "second", "third"]);
    for (const [index, change] of [-7 / 3 - 3, -5, -2 + 1].entries()) {
      expect(rows[index]?.change).toBeCloseTo(change, 12);
      expect(rows[index]?.score).toBeCloseTo(baseline + change, 12);
    }
  });

  it("resets paths and their beginnings", async () => {
    expect(
      await changes({
        reset: ["first.hp.bias", "second.hp", "second.hp.line.bias", "third.prompt", "third.demos"],
      }),
    ).toEqual([
      ["first.hp.bias", -3],
      ["second.hp", -5],
      ["second.hp.line.bias", -5],
      ["third.prompt", -2],
      ["third.demos", 1],
    ]);
  });

  it("freezes what shall stay tuned", async () => {
    expect(await changes({ freeze: ["first", "third.demos"] })).toEqual([
      ["second", -5],
      ["third", -2],
    ]);
  });

  it("keeps only what is named", async () => {
    const rest = -7 / 3 - 3 - 5 - 2 + 1;
    expect(await changes({ only: ["second", "first.hp.bias"] })).toEqual([
      ["all but second", Math.round((rest + 5) * 1e9) / 1e9],
      ["all but first.hp.bias", Math.round((rest + 3) * 1e9) / 1e9],
    ]);
  });

  it("compares example by example, so that a constant change has a narrow interval", async () => {
    const { rows } = await ablate(tuned(), data, itself, { reset: ["second", "first.hp.gain"] });
    expect(rows[0]?.interval).toMatchObject({ low: -5, high: -5, level: 0.95 });
    const { low = NaN, high = NaN } = rows[1]?.interval ?? {};
    expect(low).toBeLessThan(-7 / 3);
    expect(high).toBeGreaterThan(-7 / 3);
  });

  it("compares repeats under an aggregate metric", async () => {
    let noise = 0;
    const metric = (outputs: number[]): number => outputs.length + (noise = (noise + 1) % 3);
    const once = await ablate(tuned(), data, metric, { reset: ["second"] });
    expect(once.rows[0]?.interval).toBeUndefined();
    const often = await ablate(tuned(), data, metric, { reset: ["second"], repeats: 3 });
    expect(often.rows[0]).toMatchObject({ change: 0, interval: { level: 0.95 } });
  });

  it("goes back to where the user's hpInit started", async () => {
    const system = hyperSystem({ name: "started" }, (x: number) => first(x));
    system.registerHyperfunction(first, { hpInit: { bias: 7 } });
    system.setHpState({ first: [1, 0] });
    const { rows } = await ablate(system, data, itself);
    expect(rows).toEqual([expect.objectContaining({ group: "first", change: 7 })]);
  });

  it("changes nothing about the system", async () => {
    const system = tuned();
    const before = system.exportState();
    await ablate(system, data, itself);
    expect(system.exportState()).toEqual(before);
  });

  it("measures each state once, after one run that finds the program", async () => {
    let runs = 0;
    const counted = hyperSystem({ name: "counted" }, async (x: number) => ((runs += 1), first(x)));
    await ablate(counted, data, itself);
    expect(runs).toBe(1 + 2 * data.length);
  });

  it("prints a table", async () => {
    const text = (await ablate(tuned(), data, itself, { reset: ["second"] })).toMarkdown();
    expect(text.split("\n")).toEqual([
      "Score of the whole system: 16.67",
      "",
      "| without | score | change | 95 % interval |",
      "| --- | --- | --- | --- |",
      "| second | 11.67 | -5.000 | -5.000 to -5.000 |",
    ]);
  });

  it.each([
    ["an unknown path", { reset: ["first.hp.gian"] }, "UNKNOWN_PATH", /"first\.hp\.gian".*first\.hp\.gain/],
    ["a part of a name", { only: ["fir"] }, "UNKNOWN_PATH", /"fir"/],
    ["two plans", { reset: ["first"], only: ["first"] }, "INVALID_ARGUMENT", /one of reset, freeze and only/],
    ["no repeats", { repeats: 0 }, "INVALID_ARGUMENT", /repeats.*0/],
  ])("refuses %s", async (_, options, code, message) => {
    await expect(ablate(tuned(), data, itself, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
