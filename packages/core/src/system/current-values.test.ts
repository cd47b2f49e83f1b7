/** Which parameter values a run sees: the system's own, those of its candidate, and never another's. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  defineHpType,
  example,
  FlowResponse,
  hyperfunction,
  HyperSystem,
  hyperSystem,
  perExample,
} from "@hyperfunc/core";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: -1e3, max: 1e3 } } });
const scale = hyperfunction(
  { name: "scale", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain,
);
const offset = hyperfunction(
  { name: "offset", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x + hp.gain,
);

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
const itself = perExample((output: number) => output);

class Scaling extends HyperSystem<number, number> {
  async run(x: number): Promise<number> {
    return scale(x);
  }
}

describe("a direct call of run", () => {
  it("uses the values that are set", async () => {
    const system = new Scaling({ hyperfunctions: [scale] });
    expect(await system.run(2)).toBe(2);
    system.setHpState({ scale: [3] });
    expect(await system.run(2)).toBe(6);
    expect(await scale(2)).toBe(2);
  });

  it("uses imported values", async () => {
    const tuned = new Scaling({ hyperfunctions: [scale] });
    tuned.setHpState({ scale: [3] });
    const system = new Scaling();
    system.importState(tuned.exportState());
    expect(await system.run(2)).toBe(6);
  });

  it("keeps the values it began with", async () => {
    const slow = hyperfunction(
      { name: "slow", hpType: Gain, optimizeHparams: true },
      async (x: number, { hp }) => {
        await turns(2);
        return x * hp.gain;
      },
    );
    const system = hyperSystem(
      { name: "slow", hyperfunctions: [slow] },
      async (x: number) => (await slow(x)) + (await slow(x)),
    );
    const before = system.run(1);
    system.setHpState({ slow: [5] });
    const after = system.run(1);
    await turns(1);
    system.setHpState({ slow: [7] });
    expect(await Promise.all([before, after])).toEqual([2, 10]);
  });

  it("works for methods that are passed around", async () => {
    const { run } = new Scaling();
    expect(await run(4)).toBe(4);
  });

  it("hands on a FlowResponse, which evaluation opens", async () => {
    class Wrapped extends HyperSystem<number, number, FlowResponse<number>> {
      async run(x: number): Promise<FlowResponse<number>> {
        return new FlowResponse(await scale(x), { note: "kept" });
      }
    }
    const system = new Wrapped();
    expect(await system.run(2)).toEqual(new FlowResponse(2, { note: "kept" }));
    expect(await system.evaluate([example(2, 0)], itself)).toBe(2);
  });

  it("sees overridden methods and fields of the subclass", async () => {
    class Repeated extends Scaling {
      readonly times = 3;
      override async run(x: number): Promise<number> {
        return this.times * (await super.run(x));
      }
    }
    expect(await new Repeated().run(2)).toBe(6);
  });

  it("is refused, with the remedy, for a run that is no method", () => {
    const Arrow = class Arrow extends HyperSystem<number, number> {
      override run = async (x: number): Promise<number> => scale(x);
    };
    expect(() => new Arrow()).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/Arrow\.run must be a method/),
      }),
    );
  });
});

describe("two systems that share a hyperfunction", () => {
  it("keep their own values", async () => {
    const [a, b] = [new Scaling({ hyperfunctions: [scale] }), new Scaling({ hyperfunctions: [scale] })];
    a.setHpState({ scale: [2] });
    b.setHpState({ scale: [5] });
    expect(await Promise.all([a.run(1), b.run(1), a.run(1)])).toEqual([2, 5, 2]);
    expect(a.getHpState()).toEqual({ scale: new Float64Array([2]) });
  });
});

describe("concurrent runs", () => {
  const program = async ({ waits, x }: { waits: readonly number[]; x: number }): Promise<number> => {
    let value = x;
    for (const wait of waits) {
      await turns(wait);
      value = await offset(await scale(value));
    }
    return value;
  };
  const expected = (x: number, steps: number, gain: number, by: number): number => {
    let value = x;
    for (let i = 0; i < steps; i++) value = value * gain + by;
    return value;
  };
  const waits = fc.array(fc.nat(3), { maxLength: 4 });

  it("of different systems never see each other's values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waits, gain: fc.integer({ min: -9, max: 9 }) }), { maxLength: 8 }),
        async (runs) => {
          const outputs = await Promise.all(
            runs.map(({ waits: own, gain }) => {
              const system = hyperSystem({ name: "own", hyperfunctions: [scale, offset] }, program);
              system.setHpState({ scale: [gain], offset: [-gain] });
              return system.run({ waits: own, x: 1 });
            }),
          );
          expect(outputs).toEqual(runs.map((run) => expected(1, run.waits.length, run.gain, -run.gain)));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("of different candidates never see each other's values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.array(waits, { minLength: 1, maxLength: 5 }),
        async (gains, examples) => {
          const system = hyperSystem({ name: "population", hyperfunctions: [scale, offset] }, program);
          const { scores } = await system.evaluatePopulation(
            gains.map((gain) => ({ scale: [gain], offset: [gain] })),
            examples.map((own) => example({ waits: own, x: 2 }, 0)),
            (outputs: number[]) => outputs.reduce((sum, output, index) => sum + output * (index + 1), 0),
          );
          const wanted = gains.map((gain) =>
            examples.reduce((sum, own, index) => sum + expected(2, own.length, gain, gain) * (index + 1), 0),
          );
          expect(scores).toEqual(wanted);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("leave the system's own values alone", async () => {
    const system = hyperSystem({ name: "population", hyperfunctions: [scale, offset] }, program);
    const evaluation = system.evaluatePopulation(
      [{ scale: [7], offset: [7] }],
      [example({ waits: [2], x: 1 }, 0)],
      itself,
    );
    expect(await system.run({ waits: [1], x: 1 })).toBe(2);
    expect((await evaluation).scores).toEqual([14]);
    expect(system.getHpState()).toEqual({ scale: new Float64Array([1]), offset: new Float64Array([1]) });
  });
});
