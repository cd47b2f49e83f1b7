/** The wavefront: every run has its own control flow, and calls that are pending together are one batch. */
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  callTool,
  hyperfunction,
  hyperSystem,
  registerTensorEngine,
  type Plugin,
  type PopulationEvaluation,
} from "@hyperfunc/core";
import { lazy, lazyEngine, type Lazy } from "../../test/lazy-engine.js";
import {
  candidates,
  cells,
  data,
  Gain,
  loopOf,
  programOf,
  scale,
  scaling,
  shift,
  value,
} from "../../test/lazy-program.js";
import { walker } from "../../test/walker.js";

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

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the wavefront", () => {
  const wave = { mode: "wavefront" as const };

  it("executes calls that are pending together as one batch, each run with its own control flow", async () => {
    const system = programOf(async (x) => {
      for (let tick = 0; tick < 9 * x.read(); tick++) await Promise.resolve();
      const output = (await scale(x)).read();
      return output > 3 ? shift(x) : output;
    });
    expect((await evaluated(system)).mode).toBe("wavefront");
    expect(log.batches).toEqual([cells, 4]);
  });

  it("waits for nobody: runs behind a lock of the user's own do not hold up the others", async () => {
    let lock: Promise<unknown> = Promise.resolve();
    const system = programOf(async (x) => {
      const turnOfMine = lock.then(() => scale(x));
      lock = turnOfMine;
      return turnOfMine;
    });
    const { scores } = await system.evaluatePopulation(candidates, data, value, wave);
    expect(scores).toEqual(await loopOf(system));
    expect(log.batches).toEqual(Array.from({ length: cells }, () => 1));
  });

  it("runs the members of a batch that throws one by one", async () => {
    const picky = scaling((x, gain) => {
      if (x.batched) throw new RangeError("no batches");
      return x.times(gain);
    });
    const system = programOf((x) => picky(x), [picky]);
    expect((await system.evaluatePopulation(candidates, data, value, wave)).scores).toEqual(
      await loopOf(system),
    );
    expect(log.batches).toEqual([cells]);
  });

  it("blames a failure on the member that fails", async () => {
    const failing = scaling((x, gain) => {
      if (!x.batched && x.read() === 2 && gain.read() === 2) throw new RangeError("two by two");
      if (x.batched) throw new Error("some member fails");
      return x.times(gain);
    });
    const onError = (): { score: number } => ({ score: 100 });
    const { scores, failures } = await programOf((x) => failing(x), [failing]).evaluatePopulation(
      candidates,
      data,
      value,
      { ...wave, onError },
    );
    expect(scores).toEqual([2.5, (2 + 100 + 6 + 8) / 4, -7.5]);
    expect(failures).toEqual([expect.objectContaining({ candidate: 1, example: 1, message: "two by two" })]);
  });

  it("never batches what turns out to call a tool, nor runs it twice", async () => {
    let calls = 0;
    const tooled = scaling(async (x, gain) => {
      const factor = await callTool("factor", () => ((calls += 1), 2), 0);
      return x.times(gain).times(factor);
    });
    const system = programOf((x) => tooled(x), [tooled]);
    for (const batches of [[cells], [cells]]) {
      calls = 0;
      const { scores } = await system.evaluatePopulation(candidates, data, value, wave);
      expect(scores).toEqual([5, 10, -15]);
      expect(calls).toBe(cells);
      expect(log.batches).toEqual(batches);
    }
  });

  it("does not even try to batch what the probe run saw calling a tool", async () => {
    const tooled = scaling(async (x, gain) => x.times(gain).times(await callTool("factor", () => 2, 0)));
    const system = hyperSystem({ name: "probed" }, (x: Lazy) => tooled(x));
    const { reasons, scores } = await system.evaluatePopulation(candidates, data, value);
    expect([reasons.vectorised, scores, log.batches]).toEqual(['"scale" has effects', [5, 10, -15], []]);
  });

  it("gives random draws to each example, as the plain loop does", async () => {
    const noisy = scaling((x, gain, { rng }) => x.times(gain).plus(rng.uniform()));
    await evaluated(programOf((x) => noisy(x), [noisy]));
  });

  it("takes an aborted member out and leaves the others", async () => {
    const system = programOf(async (x) => {
      const abort = new AbortController();
      const call = scale(x, { signal: abort.signal });
      if (x.read() === 2) abort.abort(new RangeError("not this one"));
      return call.catch(() => -1);
    });
    const { scores } = await system.evaluatePopulation(candidates, data, value, wave);
    expect(scores).toEqual([7 / 4, 15 / 4, -25 / 4]);
    expect(log.batches).toEqual([cells - candidates.length]);
  });

  it("takes a member out that is aborted while the batch runs", async () => {
    const abort = new AbortController();
    const slow = scaling(async (x, gain) => {
      await turn();
      abort.abort();
      await turn();
      return x.times(gain);
    });
    const system = programOf(
      async (x) => {
        if (x.read() !== 2) return slow(x);
        return slow(x, { signal: abort.signal }).catch((error: unknown) =>
          log.openSessions > 0 && error ? -1 : NaN,
        );
      },
      [slow],
    );
    const { scores } = await system.evaluatePopulation(candidates, data, value, wave);
    expect(scores).toEqual([7 / 4, 15 / 4, -25 / 4]);
  });

  it("lets explicit values of a call win", async () => {
    const { scores } = await programOf((x) => scale(x, { hp: { gain: x } })).evaluatePopulation(
      candidates,
      data,
      value,
      wave,
    );
    expect(scores).toEqual([7.5, 7.5, 7.5]);
  });

  it("settles at once when the evaluation is aborted", async () => {
    const abort = new AbortController();
    let started = 0;
    const slow = scaling(async (x, gain) => {
      started += 1;
      await turn();
      abort.abort();
      await turn();
      return x.times(gain);
    });
    const system = programOf(async (x) => slow(await slow(x)), [slow]);
    const evaluation = system.evaluatePopulation(candidates, data, value, { ...wave, signal: abort.signal });
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
    for (let i = 0; i < 5; i++) await turn();
    expect(started).toBe(1);
  });

  it("closes its session after an abort, though a batch never ends", async () => {
    const abort = new AbortController();
    const deaf = scaling(() => new Promise<Lazy>(() => setImmediate(() => abort.abort())));
    const evaluation = programOf((x) => deaf(x), [deaf]).evaluatePopulation(candidates, data, value, {
      ...wave,
      signal: abort.signal,
    });
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
    await turn();
  });

  it("counts calls per run and retries members by themselves", async () => {
    let failures = 0;
    const flaky = scaling(
      (x, gain) => {
        if (failures++ < 3) throw new Error("again");
        return x.times(gain);
      },
      { retries: 3, maxCalls: 1 },
    );
    const clock = {
      now: () => 0,
      setTimer: (callback: () => void) => (setImmediate(callback), () => undefined),
    };
    const { scores } = await programOf((x) => flaky(x), [flaky], { clock }).evaluatePopulation(
      candidates,
      data,
      value,
      wave,
    );
    expect(scores).toEqual([2.5, 5, -7.5]);
  });

  it("shows a batch to observers once, with its members", async () => {
    const seen: string[] = [];
    const plugin: Plugin = {
      name: "observing",
      setup: (host) =>
        host.observe({
          onStart: ({ kind, name, members }) => void (kind === "batch" && seen.push(`${name} ${members}`)),
        }),
    };
    await programOf(async (x) => shift(await scale(x)), [scale, shift], {
      plugins: [plugin],
    }).evaluatePopulation(candidates, data, value, wave);
    expect(seen).toEqual([`scale ${cells}`, `shift ${cells}`]);
  });

  it("keeps the defaults of what is first called during the search", async () => {
    const late = hyperfunction({ name: "late", hpType: Gain, optimizeHparams: true }, (x: Lazy, { hp }) =>
      x.times(lazy(hp.gain)).plus(1),
    );
    let known = false;
    const system = programOf(async (x) => (known ? late(await scale(x)) : scale(x)), undefined);
    await system.evaluatePopulation(candidates, data, value, wave);
    known = true;
    expect((await system.evaluatePopulation(candidates, data, value, wave)).scores).toEqual([3.5, 6, -6.5]);
  });

  it("leaves alone what is first called during a search", async () => {
    const late = hyperfunction({ name: "late", hpType: Gain, optimizeHparams: true }, (x: Lazy, { hp }) =>
      x.plus(lazy(hp.gain)),
    );
    const optimizer = walker({ steps: 3 });
    const system = hyperSystem({ name: "late", optimizer }, async (x: Lazy) => {
      const output = await scale(x);
      return output.read() > x.read() ? late(output) : output;
    });
    const { history, mode, accepted } = await system.optimize(data, value);
    expect([history.length, mode, accepted]).toEqual([3, "wavefront", true]);
    expect(system.getHpState()["late"]).toEqual(new Float64Array([1]));
  });
});
