/** A system that runs inside another one's run is a part of that run. */
import { describe, expect, it } from "@jest/globals";
import {
  callModel,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type ModelResponse,
  type ObservedEvent,
} from "@hyperfunc/core";
import { scriptedModel, type ScriptedModel } from "@hyperfunc/core/testing";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: -9, max: 9 } } });
const scale = hyperfunction(
  { name: "scale", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain,
);
const draw = hyperfunction({ name: "draw" }, (_: undefined, { rng }) => rng.uniform());
const itself = perExample((output: number) => output);

const answered = (model: ScriptedModel): Promise<ModelResponse> =>
  callModel(model, { messages: [{ role: "user", content: "?" }], maxTokens: 8 });

describe("nested systems", () => {
  it("keep their own values, though they share a hyperfunction", async () => {
    const inner = hyperSystem({ name: "inner", hyperfunctions: [scale] }, (x: number) => scale(x));
    const outer = hyperSystem({ name: "outer", hyperfunctions: [scale] }, async (x: number) =>
      scale(await inner.run(x)),
    );
    inner.setHpState({ scale: [2] });
    outer.setHpState({ scale: [5] });
    expect(await outer.run(1)).toBe(10);
    const { scores } = await outer.evaluatePopulation(
      [{ scale: [1] }, { scale: [3] }],
      [example(1, 0)],
      itself,
    );
    expect(scores).toEqual([2, 6]);
  });

  it("draw differently in every call, and the same for every candidate", async () => {
    const inner = hyperSystem({ name: "inner" }, (_: undefined) => draw());
    const outer = hyperSystem({ name: "outer", hyperfunctions: [scale, draw] }, async (_: number) => {
      await scale(1);
      return (await inner.run(undefined)) - (await inner.run(undefined));
    });
    const { scores } = await outer.evaluatePopulation(
      [{ scale: [1] }, { scale: [2] }],
      [example(1, 0)],
      itself,
    );
    expect(scores[0]).not.toBe(0);
    expect(scores[1]).toBe(scores[0]);
  });

  it("pay for every call of a model, in every candidate", async () => {
    const model = scriptedModel((_, index) => String(index));
    const inner = hyperSystem({ name: "inner" }, async (_: undefined) => (await answered(model)).content);
    const outer = hyperSystem({ name: "outer", hyperfunctions: [scale] }, async (_: number) => {
      await scale(1);
      return [await inner.run(undefined), await inner.run(undefined)].map(Number);
    });
    const distinct = perExample((output: number[]) => new Set(output).size);
    const { scores } = await outer.evaluatePopulation(
      [{ scale: [1] }, { scale: [2] }],
      [example(1, 0)],
      distinct,
    );
    expect(scores).toEqual([2, 2]);
    expect(model.requests).toHaveLength(4);
  });

  it("are shown in the trace inside the call that runs them", async () => {
    const inner = hyperSystem({ name: "inner" }, (x: number) => scale(x));
    const around = hyperfunction({ name: "around" }, (x: number) => inner.run(x));
    const outer = hyperSystem({ name: "outer" }, (x: number) => around(x));
    const { trace } = await outer.trace(1);
    expect(trace.nodes.map(({ name, parent }) => [name, parent])).toEqual([
      ["around", undefined],
      ["scale", 0],
    ]);
  });

  it("are seen by the observers of both, once each", async () => {
    const seen: string[] = [];
    const watching = (who: string) => ({
      name: who,
      setup: (host: { observe(observer: { onStart(event: ObservedEvent): void }): void }) => {
        host.observe({ onStart: ({ kind, name, path }) => void seen.push(`${who} ${kind} ${name} ${path}`) });
      },
    });
    const inner = hyperSystem({ name: "inner", plugins: [watching("i")] }, (x: number) => scale(x));
    const outer = hyperSystem({ name: "outer", plugins: [watching("o")] }, (x: number) => inner.run(x));
    await outer.run(1);
    expect(seen).toEqual([
      "o run outer ",
      "o run inner /inner#0",
      "i run inner /inner#0",
      "o hyperfunction scale /inner#0/scale#0",
      "i hyperfunction scale /inner#0/scale#0",
    ]);
  });

  it("run for the candidate and the example of the outer run", async () => {
    const seen: unknown[] = [];
    const watching = {
      name: "watching",
      setup: (host: { observe(observer: { onStart(event: ObservedEvent): void }): void }) => {
        host.observe({
          onStart: ({ name, candidate, exampleKey }) => void seen.push([name, candidate, exampleKey]),
        });
      },
    };
    const inner = hyperSystem({ name: "inner", plugins: [watching] }, async (x: number) => x);
    const outer = hyperSystem({ name: "outer", hyperfunctions: [] }, (x: number) => inner.run(x));
    await outer.evaluatePopulation([{}, {}], [example(1, 0, "one")], itself);
    expect(seen).toEqual([
      ["inner", 0, "one"],
      ["inner", 1, "one"],
    ]);
  });

  it("spend the budget and heed the signal of the outer run", async () => {
    const model = scriptedModel(() => "ok");
    const inner = hyperSystem({ name: "inner" }, async (_: undefined) => (await answered(model)).content);
    const outer = hyperSystem({ name: "outer", hyperfunctions: [] }, (_: number) => inner.run(undefined));
    const { usage } = await outer.evaluateDetailed(
      [example(1, 0), example(2, 0)],
      perExample(() => 1),
    );
    expect(usage.calls).toBe(2);
    const abort = new AbortController();
    const evaluation = outer.evaluate(
      [example(1, 0)],
      perExample(() => 1),
      { signal: abort.signal },
    );
    abort.abort();
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
  });
});
