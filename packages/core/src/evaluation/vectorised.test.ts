/** The vectorised run: when it applies, when it gives way, and that it is right. */
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  registerTensorEngine,
  type HyperfunctionOptions,
  type Middleware,
  type Plugin,
  type PopulationEvaluation,
} from "@hyperfunc/core";
import { lazyEngine } from "../../test/lazy-engine.js";
import {
  candidates,
  cells,
  data,
  loopOf,
  programOf,
  scale,
  scaling,
  shift,
  value,
  type Gain,
} from "../../test/lazy-program.js";

const { log } = ((engine) => (registerTensorEngine(engine), engine))(lazyEngine());
afterEach(() => {
  expect([log.openScopes, log.openSessions]).toEqual([0, 0]);
  log.batches.length = 0;
});

/** Evaluates in the fastest way, and as the plain loop does. */
async function evaluated(system: ReturnType<typeof programOf>): Promise<PopulationEvaluation> {
  const fast = await system.evaluatePopulation(candidates, data, value);
  expect(fast.scores).toEqual(await loopOf(system));
  return fast;
}

describe("the vectorised run", () => {
  it("executes the program once for everything, after one check against the plain loop", async () => {
    let runs = 0;
    const system = programOf(async (x) => ((runs += 1), shift(await scale(x))));
    expect((await evaluated(system)).mode).toBe("vectorised");
    runs = 0;
    expect((await system.evaluatePopulation(candidates, data, value)).mode).toBe("vectorised");
    expect(runs).toBe(1);
  });

  it("gives way when a value is read, for good, and says why", async () => {
    let runs = 0;
    const system = programOf(async (x) => ((runs += 1), (await scale(x)).read() > 2 ? shift(x) : x));
    const { mode, reasons } = await evaluated(system);
    expect([mode, reasons]).toEqual(["wavefront", { vectorised: "A number is read from a batch." }]);
    runs = 0;
    expect((await system.evaluatePopulation(candidates, data, value)).reasons).toEqual(reasons);
    expect(runs).toBe(cells);
  });

  it("is refused when it computes something else than the plain loop", async () => {
    let runs = 0;
    const system = programOf(async (x) => (await scale(x)).plus((runs += 1)));
    const { mode, reasons } = await system.evaluatePopulation(candidates, data, value);
    expect(mode).toBe("wavefront");
    expect(reasons.vectorised).toMatch(/other results than the plain loop/);
  });

  it("is left to the next way when the program throws in it", async () => {
    const system = programOf(async (x) => {
      const output = await scale(x);
      if (output.batched) throw new RangeError("not for batches");
      return output;
    });
    const { mode, reasons } = await evaluated(system);
    expect([mode, reasons.vectorised]).toEqual(["wavefront", "not for batches"]);
  });

  it.each<[string, Partial<HyperfunctionOptions<typeof Gain>>, string]>([
    ["with declared effects", { effects: true }, '"scale" has effects'],
    ['with batch: "never"', { batch: "never" }, '"scale" declares batch: "never"'],
  ])("is refused for hyperfunctions %s, whose calls run one by one", async (_, options, reason) => {
    const system = programOf((x) => careful(x), []);
    let calls = 0;
    const careful = scaling((x, gain) => ((calls += 1), x.times(gain)), options);
    system.registerHyperfunction(careful);
    const { mode, reasons } = await system.evaluatePopulation(candidates, data, value);
    expect([mode, reasons.vectorised, calls, log.batches]).toEqual(["wavefront", reason, cells, []]);
  });

  it("is refused when a plugin wraps calls, unless it is made for batches", async () => {
    const wrapping = (batchAware: boolean): Plugin => ({
      name: "wrapping",
      setup: (host) =>
        host.use(Object.assign(((call, next) => next(call)) satisfies Middleware, { batchAware })),
    });
    const plain = await evaluated(programOf((x) => scale(x), [scale], { plugins: [wrapping(false)] }));
    expect([plain.mode, plain.reasons.vectorised]).toEqual([
      "concurrent",
      expect.stringMatching(/batchAware/),
    ]);
    expect((await evaluated(programOf((x) => scale(x), [scale], { plugins: [wrapping(true)] }))).mode).toBe(
      "vectorised",
    );
  });
});
