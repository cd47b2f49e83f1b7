import { describe, expect, it } from "@jest/globals";
import {
  AdapterMeta,
  defineHpType,
  hyperfunction,
  LMParam,
  type HyperfunctionOptions,
} from "@hyperfunc/core";

const Gate = defineHpType({
  name: "Gate",
  fields: { threshold: { default: 0.5, min: 0, max: 1 }, model: { choices: ["small", "large"] } },
});

const sample = hyperfunction({ name: "sample", hpType: LMParam }, (_: { x: number }, { hp }) => ({ ...hp }));
const both = hyperfunction(
  { name: "both", hpType: { gate: Gate, adapter: AdapterMeta } },
  (_: undefined, { hp }) => ({ gate: { ...hp.gate }, adapter: { ...hp.adapter } }),
);

describe("hyperfunction", () => {
  it("wraps sync and async functions alike", async () => {
    const sync = hyperfunction({ name: "sync" }, (x: number) => x + 1);
    const deferred = hyperfunction({ name: "async" }, async (x: number) => x + 1);
    const call = sync(1);
    expect(call).toBeInstanceOf(Promise);
    expect([await call, await deferred(1)]).toEqual([2, 2]);
  });

  it("turns a throw of a sync function into a rejection", async () => {
    const failing = hyperfunction({ name: "failing" }, (): number => {
      throw new TypeError("no");
    });
    const call = failing();
    await expect(call).rejects.toThrow(TypeError);
  });

  it("is called without argument when it has no input", async () => {
    expect(await hyperfunction({ name: "tick" }, () => 7)()).toBe(7);
  });

  it("keeps its name, its options and the plain function", () => {
    const body = (x: number): number => 2 * x;
    const doubled = hyperfunction({ name: "doubled", prompt: "Double it." }, body);
    expect(doubled.name).toBe("doubled");
    expect(doubled.options.prompt).toBe("Double it.");
    expect(doubled.fn).toBe(body);
  });

  it("computes with the declared defaults outside any system", async () => {
    expect(await sample({ x: 1 })).toMatchObject({ temperature: 0.7, topP: 1, maxTokensFrac: 0.25 });
    const asked = hyperfunction(
      { name: "asked", prompt: "Be brief.", demos: [{ inputs: 1, output: 2 }] },
      (_: undefined, { prompt, demos }) => [prompt, demos],
    );
    expect(await asked()).toEqual(["Be brief.", [{ inputs: 1, output: 2 }]]);
  });

  it("has no hp and an empty prompt where none is declared", async () => {
    const bare = hyperfunction({ name: "bare" }, (_: undefined, { hp, prompt, demos }) => [
      hp,
      prompt,
      demos,
    ]);
    expect(await bare()).toEqual([undefined, "", []]);
  });

  it("lets explicit values win field by field", async () => {
    const hp = await sample({ x: 1 }, { hp: { temperature: 0.2, stop: ["\n"] } });
    expect(hp).toMatchObject({ temperature: 0.2, stop: ["\n"], topP: 1, maxTokensFrac: 0.25 });
  });

  it("lets explicit values win field by field inside a record of types", async () => {
    const hp = await both(undefined, { hp: { gate: { model: "large" } } });
    expect(hp).toEqual({
      gate: { threshold: 0.5, model: "large" },
      adapter: { scale: 1, dropoutKeep: 1, gateBias: 0, priority: 0.5 },
    });
  });

  it("takes an explicit value of undefined as not given", async () => {
    const hp = await sample({ x: 1 }, { hp: JSON.parse('{"topP":0.5}') as { topP: number } });
    expect(hp.topP).toBe(0.5);
    const given = { temperature: undefined } as unknown as { temperature: number };
    expect((await sample({ x: 1 }, { hp: given })).temperature).toBe(0.7);
  });

  it("lets an explicit prompt and demonstrations win", async () => {
    const asked = hyperfunction({ name: "asked", prompt: "A" }, (_: undefined, { prompt, demos }) => [
      prompt,
      demos,
    ]);
    expect(await asked(undefined, { prompt: "B", demos: [] })).toEqual(["B", []]);
  });

  it("does not let overrides of one call reach another", async () => {
    const calls = [sample({ x: 1 }, { hp: { temperature: 2 } }), sample({ x: 1 })];
    expect((await Promise.all(calls)).map((hp) => hp.temperature)).toEqual([2, 0.7]);
  });

  it("keeps functions of the same name apart when one calls the other", async () => {
    const inner = hyperfunction({ name: "same", hpType: AdapterMeta }, (_: undefined, { hp }) => hp.scale);
    const outer = hyperfunction({ name: "same", hpType: LMParam }, async (_: undefined, { hp }) => [
      hp.temperature,
      await inner(),
    ]);
    expect(await outer()).toEqual([0.7, 1]);
  });

  const bad: readonly [what: string, options: object, message: RegExp][] = [
    ["an empty name", { name: "" }, /needs a name/],
    ["a name with dots", { name: "a.b" }, /needs a name.*"a\.b"/],
    ["no name", {}, /needs a name/],
    ["negative retries", { retries: -1 }, /"f": retries.*-1/],
    ["fractional retries", { retries: 0.5 }, /"f": retries.*0\.5/],
    ["a timeout of zero", { timeoutMs: 0 }, /"f": timeoutMs.*0/],
    ["an endless timeout", { timeoutMs: Infinity }, /"f": timeoutMs.*Infinity/],
    ["a call limit of zero", { maxCalls: 0 }, /"f": maxCalls.*0/],
    ["a fractional call limit", { maxCalls: 1.5 }, /"f": maxCalls.*1\.5/],
    ["optimizeHparams without hpType", { optimizeHparams: true }, /"f".*no hpType/],
  ];
  it.each(bad)("refuses %s", (_, options, message) => {
    const given = { ...(message.source.includes("needs a name") ? {} : { name: "f" }), ...options };
    const declare = (): unknown => hyperfunction(given as HyperfunctionOptions, () => 1);
    expect(declare).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
    );
  });
});
