/** What must compile, and what must not: checked by `pnpm typecheck`. */
import { describe, expect, it } from "@jest/globals";
import { expectTypeOf } from "expect-type";
import {
  AdapterMeta,
  defineHpType,
  example,
  hyperfunction,
  HyperSystem,
  hyperSystem,
  LMParam,
  perExample,
} from "@hyperfunc/core";

const Gate = defineHpType({
  name: "Gate",
  fields: { threshold: { default: 0.5, min: 0, max: 1 }, model: { choices: ["small", "large"] } },
});

const answer = hyperfunction(
  { name: "answer", hpType: LMParam, optimizeHparams: true, prompt: "Answer." },
  ({ question }: { question: string }, { hp, prompt, rng }) =>
    `${question} ${prompt} ${hp.temperature} ${rng.uniform()}`,
);
const route = hyperfunction(
  { name: "route", hpType: { ask: LMParam, gate: Gate } },
  (score: number, { hp }) => (score > hp.gate.threshold ? hp.gate.model : undefined),
);
const tick = hyperfunction({ name: "tick" }, () => 1);
const show = hyperfunction({ name: "show" }, (anything: unknown) => String(anything));

class Answers extends HyperSystem<{ question: string }, string> {
  async run({ question }: { question: string }): Promise<string> {
    return answer({ question });
  }
}

describe("types", () => {
  it("infers inputs, hp and outputs", () => {
    expectTypeOf(answer).returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf(route).returns.toEqualTypeOf<Promise<"small" | "large" | undefined>>();
    expectTypeOf(tick).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(tick).toBeCallableWith();
    expectTypeOf(show).toBeCallableWith({ any: "thing" });
    expectTypeOf(answer.fn).parameter(1).toHaveProperty("hp");
    expectTypeOf(LMParam.create({ temperature: 1 }).stop).toEqualTypeOf<readonly string[] | undefined>();
    expect(AdapterMeta.create().scale).toBe(1);
  });

  it("refuses mistakes", () => {
    const mistakes = (): unknown[] => {
      const system = new Answers({ hyperfunctions: [answer] });
      const data = [example({ question: "?" }, "yes")];
      const judgesNumbers = perExample((_: string, expected: number) => expected);
      return [
        // @ts-expect-error a missing input
        answer(),
        // @ts-expect-error a wrong input
        answer({ question: 1 }),
        // @ts-expect-error an unknown field
        answer({ question: "?" }, { hp: { temprature: 1 } }),
        // @ts-expect-error a field of another type
        route(1, { hp: { gate: { model: "medium" } } }),
        // @ts-expect-error an unknown field of hp
        hyperfunction({ name: "f", hpType: Gate }, (_: number, { hp }) => void hp.treshold),
        // @ts-expect-error an input argument for a function without one
        tick({ x: 1 }),
        // @ts-expect-error inputs of another program
        system.run({ text: "?" }),
        // @ts-expect-error examples of another program
        system.evaluate([example({ text: "?" }, "yes")], () => 1),
        // @ts-expect-error a metric for other outputs
        system.evaluate(data, (outputs: number[]) => outputs.length),
        // @ts-expect-error a metric for other expected values
        system.evaluate(data, judgesNumbers),
        // @ts-expect-error starting values of an unknown field
        system.registerHyperfunction(answer, { hpInit: { temprature: 1 } }),
        // @ts-expect-error a default outside the type
        defineHpType({ name: "Bad", fields: { x: { default: "one" } } }),
      ];
    };
    expect(mistakes).toBeInstanceOf(Function);
  });

  it("infers what a metric judges from the system and the examples", () => {
    const system = new Answers({ hyperfunctions: [answer] });
    const data = [example({ question: "?" }, 7)];
    const judged = (): unknown[] => [
      system.evaluate(data, (outputs, expected) => {
        expectTypeOf(outputs).toEqualTypeOf<string[]>();
        expectTypeOf(expected).toEqualTypeOf<number[]>();
        return 1;
      }),
    ];
    expect(judged).toBeInstanceOf(Function);
  });

  it("types systems made from functions", () => {
    const system = hyperSystem({ name: "answers" }, async (input: { question: string }) => answer(input));
    expectTypeOf(system.run).parameter(0).toEqualTypeOf<{ question: string }>();
  });
});
