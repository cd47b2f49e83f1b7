/** Every way of evaluating a population gives what the plain loop gives, whatever the program does between its calls. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type HyperSystem,
} from "@hyperfunc/core";

const Knob = defineHpType({ name: "Knob", fields: { value: { default: 0, min: -4, max: 4 } } });

/** One statement of a program; `waits` are turns of the event loop. */
type Statement =
  | { readonly kind: "add" | "draw" | "fail"; readonly fn: number; readonly waits: number }
  | { readonly kind: "both"; readonly left: Statement; readonly right: Statement }
  | { readonly kind: "branch"; readonly fn: number; readonly then: Statement; readonly otherwise: Statement }
  | { readonly kind: "repeat"; readonly fn: number; readonly body: Statement };

const knobs = [0, 1, 2].map((index) =>
  hyperfunction(
    { name: `knob${index}`, hpType: Knob, optimizeHparams: true },
    async ({ x, waits }: { x: number; waits: number }, { hp }) => {
      await turns(waits);
      return x + hp.value;
    },
  ),
);
const noise = hyperfunction({ name: "noise" }, (_: undefined, { rng }) => rng.int(-2, 2));

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const knob = (fn: number, x: number, waits = 0): Promise<number> =>
  knobs[fn]?.({ x, waits }) ?? Promise.resolve(NaN);

async function execute(statement: Statement, x: number): Promise<number> {
  switch (statement.kind) {
    case "add":
      return knob(statement.fn, x, statement.waits);
    case "draw":
      return x + (await noise());
    case "fail":
      if ((await knob(statement.fn, 0, statement.waits)) > 2) throw new Error(`fails at ${x}`);
      return x;
    case "both": {
      const [left, right] = await Promise.all([execute(statement.left, x), execute(statement.right, x)]);
      return left - 2 * right;
    }
    case "branch":
      return execute((await knob(statement.fn, 0)) > 0 ? statement.then : statement.otherwise, x);
    case "repeat": {
      let value = x;
      const times = Math.abs(Math.round(await knob(statement.fn, 0)));
      for (let time = 0; time < times; time++) value = await execute(statement.body, value);
      return value;
    }
  }
}

const { statement } = fc.letrec<{ statement: Statement }>((tie) => {
  const fn = fc.nat(2);
  return {
    statement: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.record({ kind: fc.constantFrom("add", "draw", "fail"), fn, waits: fc.nat(2) }),
      fc.record({ kind: fc.constant("both"), left: tie("statement"), right: tie("statement") }),
      fc.record({ kind: fc.constant("branch"), fn, then: tie("statement"), otherwise: tie("statement") }),
      fc.record({ kind: fc.constant("repeat"), fn, body: tie("statement") }),
    ),
  };
});
const setting = fc.double({ min: -4, max: 4, noNaN: true });
const candidate = fc.tuple(setting, setting, setting).map((values) => {
  return Object.fromEntries(values.map((value, index) => [`knob${index}`, [value]]));
});
const systemOf = (program: Statement): HyperSystem<number, number> =>
  hyperSystem({ name: "random", hyperfunctions: [...knobs, noise] }, (x: number) => execute(program, x));
const distance = perExample((output: number, expected: number) => -Math.abs(output - expected));
const weighted = (outputs: number[]): number =>
  outputs.reduce((sum, output, index) => sum + (index + 1) * output, 0);

describe("evaluatePopulation", () => {
  it.each([
    ["single outputs", distance],
    ["all outputs together", weighted],
  ])("agrees with the plain loop in every bit, chunk and order, for metrics over %s", async (_, metric) => {
    await fc.assert(
      fc.asyncProperty(
        statement,
        fc.array(candidate, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        async (program, candidates, inputs, chunk) => {
          const system = systemOf(program);
          const data = inputs.map((x, index) => example(x, 1, `e${index}`));
          const loop = await system.evaluatePopulation(candidates, data, metric, { mode: "loop" });
          for (const options of [{}, { chunk }, { mode: "concurrent" as const, chunk: 1 }]) {
            const fast = await system.evaluatePopulation(candidates, data, metric, options);
            expect(fast.scores).toEqual(loop.scores);
            expect(fast.failures.map(({ error: _error, ...failure }) => failure)).toEqual(
              loop.failures.map(({ error: _error, ...failure }) => failure),
            );
          }
          const backwards = await system.evaluatePopulation([...candidates].reverse(), data, metric);
          expect([...backwards.scores].reverse()).toEqual(loop.scores);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives duplicates of a candidate the same score", async () => {
    await fc.assert(
      fc.asyncProperty(statement, candidate, async (program, twin) => {
        const { scores } = await systemOf(program).evaluatePopulation(
          [twin, twin, twin],
          [example(1, 0)],
          distance,
        );
        expect(new Set(scores).size).toBe(1);
      }),
      { numRuns: 30 },
    );
  });

  it("gives a candidate the score that the system has with its values", async () => {
    await fc.assert(
      fc.asyncProperty(statement, candidate, async (program, values) => {
        const onError = (): { score: number } => ({ score: -99 });
        const system = systemOf(program);
        const data = [example(1, 0), example(2, 0)];
        const { scores } = await system.evaluatePopulation([values], data, distance, { onError });
        system.setHpState(values);
        expect(await system.evaluate(data, distance, { onError })).toBe(scores[0]);
      }),
      { numRuns: 30 },
    );
  });
});
