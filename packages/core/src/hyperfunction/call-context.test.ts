/** What a hyperfunction finds beside its input: nested calls, randomness, bound callbacks. */
import { describe, expect, it } from "@jest/globals";
import { EventEmitter, once } from "node:events";
import {
  createRng,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perCandidate,
  perExample,
  type Rng,
} from "@hyperfunc/core";

const Shift = defineHpType({ name: "Shift", fields: { by: { default: 0, min: -9, max: 9 } } });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const first = perExample((output: number) => output);

const draw = hyperfunction({ name: "draw" }, (times: number, { rng }) => {
  const draws = Array.from({ length: times }, () => rng.uniform());
  return draws[0] ?? NaN;
});

describe("nested calls", () => {
  const inner = hyperfunction(
    { name: "inner", hpType: Shift, optimizeHparams: true },
    (x: number, { hp }) => x + hp.by,
  );
  const outer = hyperfunction(
    { name: "outer", hpType: Shift, optimizeHparams: true },
    async (x: number, { hp }) => 10 * (await inner(x + hp.by)),
  );

  it("use the values of the same candidate", async () => {
    const system = hyperSystem({ name: "nested", hyperfunctions: [outer, inner] }, (x: number) => outer(x));
    system.setHpState({ outer: [1], inner: [2] });
    expect(await system.run(0)).toBe(30);
  });

  it("are not reached by the caller's explicit values", async () => {
    expect(await outer(0, { hp: { by: 5 } })).toBe(50);
  });
});

describe("rng", () => {
  const scoresOf = async (
    run: (x: number) => Promise<number>,
    options: { concurrency?: number; seed?: number; mode?: "loop" } = {},
  ): Promise<readonly (number | undefined)[]> => {
    const Noise = hyperfunction(
      { name: "noise", hpType: Shift, optimizeHparams: true },
      (_: number, { hp }) => hp.by,
    );
    const { mode, ...rest } = options;
    const system = hyperSystem({ name: "draws", hyperfunctions: [Noise, draw], ...rest }, run);
    const data = [example(1, 0), example(2, 0, "named")];
    const candidates = [-1, 0, 1].map((by) => ({ noise: [by] }));
    const { scores } = await system.evaluatePopulation(
      candidates,
      data,
      first,
      mode === undefined ? {} : { mode },
    );
    return scores;
  };

  it("gives all candidates the same draws", async () => {
    const [a, b, c] = await scoresOf((x) => draw(x));
    expect(a).toBeGreaterThan(0);
    expect([b, c]).toEqual([a, a]);
  });

  it("gives every candidate its own draws when it is split by candidate", async () => {
    const own = hyperfunction({ name: "own" }, (_: number, { rng }) => perCandidate(rng).uniform());
    const scores = await scoresOf((x) => own(x));
    expect(new Set(scores).size).toBe(3);
    expect(await scoresOf((x) => own(x), { mode: "loop" })).toEqual(scores);
    expect(perCandidate(createRng(1)).uniform()).toBe(perCandidate(createRng(1)).uniform());
  });

  it("does not depend on concurrency", async () => {
    const jittered = async (x: number): Promise<number> => {
      if (x === 1) await turn();
      return (await draw(1)) + (await draw(1));
    };
    expect(await scoresOf(jittered)).toEqual(await scoresOf(jittered, { mode: "loop" }));
  });

  it("does not depend on how much other calls drew", async () => {
    const sparing = await scoresOf(async () => {
      await draw(1);
      return draw(1);
    });
    const wasteful = await scoresOf(async () => {
      await draw(100);
      return draw(7);
    });
    expect(wasteful).toEqual(sparing);
  });

  it("differs between examples, seeds and calls", async () => {
    const system = (seed: number) =>
      hyperSystem({ name: "draws", seed }, async () => [await draw(1), await draw(1)]);
    const [a = [], b = []] = await Promise.all([system(0).run(undefined), system(1).run(undefined)]);
    expect(new Set([...a, ...b]).size).toBe(4);
    const { outputs } = await hyperSystem({ name: "examples" }, (_: number) => draw(1)).evaluateDetailed(
      [example(1, 0), example(1, 0), example(1, 0, "named")],
      first,
    );
    expect(new Set(outputs).size).toBe(3);
  });

  it("is keyed by the example's id rather than its position", async () => {
    const system = hyperSystem({ name: "ids" }, (_: number) => draw(1));
    const [a, b] = [example(1, 0, "a"), example(2, 0, "b")];
    const forwards = await system.evaluateDetailed([a, b], first);
    const backwards = await system.evaluateDetailed([b, a], first);
    expect([...backwards.outputs].reverse()).toEqual([...forwards.outputs]);
  });

  it("is one source per call, however often it is read", async () => {
    const reread = hyperfunction({ name: "reread" }, (_: undefined, context): [Rng, Rng] => [
      context.rng,
      context.rng,
    ]);
    const [one, two] = await reread();
    expect(two.uniform()).not.toBe(one.uniform());
  });

  it("draws the same when a failed attempt is repeated", async () => {
    const draws: number[] = [];
    const flaky = hyperfunction({ name: "flaky", retries: 1 }, (_: undefined, { rng }) => {
      draws.push(rng.uniform());
      if (draws.length === 1) throw new Error("once");
    });
    const clock = {
      now: () => 0,
      setTimer: (callback: () => void) => (setImmediate(callback), () => undefined),
    };
    await hyperSystem({ name: "retried", clock }, () => flaky()).run(undefined);
    expect(draws[1]).toBe(draws[0]);
  });
});

describe("bind", () => {
  it("carries the candidate's values into callbacks that are called from elsewhere", async () => {
    const shifted = hyperfunction(
      { name: "shifted", hpType: Shift, optimizeHparams: true },
      (x: number, { hp }) => x + hp.by,
    );
    const queue = new EventEmitter();
    const queued = hyperfunction({ name: "queued" }, async (x: number, { bind }) => {
      const done = new EventEmitter();
      queue.once(
        "work",
        bind(() => void shifted(x).then((output) => done.emit("done", output))),
      );
      const [output] = (await once(done, "done")) as [number];
      return output;
    });
    const system = hyperSystem({ name: "queueing", hyperfunctions: [queued, shifted] }, (x: number) =>
      queued(x),
    );
    system.setHpState({ shifted: [3] });
    const run = system.run(1);
    await turn();
    queue.emit("work");
    expect(await run).toBe(4);
  });

  it("passes arguments and result through", async () => {
    const bound = hyperfunction({ name: "bound" }, (_: undefined, { bind }) =>
      bind((a: number, b: string) => `${a}${b}`)(1, "x"),
    );
    expect(await bound()).toBe("1x");
  });
});
