/** Retries, timeouts and call limits of a hyperfunction. */
import { describe, expect, it } from "@jest/globals";
import {
  HyperfuncError,
  hyperfunction,
  hyperSystem,
  type AnyHyperfunction,
  type HyperSystem,
} from "@hyperfunc/core";
import { manualClock, type ManualClock } from "@hyperfunc/core/testing";

function systemOn(clock: ManualClock, run: () => Promise<unknown>): HyperSystem<undefined, unknown> {
  return hyperSystem<undefined, unknown>({ name: "policy", clock }, run);
}

const settledYet = async (promise: Promise<unknown>): Promise<boolean> => {
  const waiting = Symbol();
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(waiting)])) !== waiting;
};

describe("retries", () => {
  const flaky = (
    failures: number,
    retries: number,
  ): { fn: AnyHyperfunction & (() => Promise<number>); calls: () => number } => {
    let calls = 0;
    const fn = hyperfunction({ name: "flaky", retries }, () => {
      calls += 1;
      if (calls <= failures) throw new Error(`failure ${calls}`);
      return calls;
    });
    return { fn, calls: () => calls };
  };

  it("tries again after a pause, as often as allowed", async () => {
    const clock = manualClock();
    const { fn } = flaky(2, 2);
    const run = systemOn(clock, () => fn()).run(undefined);
    await clock.advance(0);
    expect(await settledYet(run)).toBe(false);
    expect(clock.pending).toBe(1);
    await clock.runAll();
    expect(await run).toBe(3);
    expect(clock.now()).toBeGreaterThan(0);
    expect(clock.now()).toBeLessThan(500 + 1000);
  });

  it("rethrows the last failure when attempts run out", async () => {
    const clock = manualClock();
    const { fn, calls } = flaky(9, 2);
    const run = expect(systemOn(clock, () => fn()).run(undefined)).rejects.toThrow("failure 3");
    await clock.runAll();
    await run;
    expect(calls()).toBe(3);
  });

  it("does not try again by default", async () => {
    const { fn, calls } = flaky(1, 0);
    await expect(fn()).rejects.toThrow("failure 1");
    expect(calls()).toBe(1);
  });

  it("does not repeat what only repeats: an error that says it is not retryable", async () => {
    let calls = 0;
    const rejected = hyperfunction({ name: "rejected", retries: 5 }, () => {
      calls += 1;
      throw new HyperfuncError("INFRASTRUCTURE", "bad key", { infrastructure: true, retryable: false });
    });
    await expect(rejected()).rejects.toThrow("bad key");
    expect(calls).toBe(1);
  });

  it("pauses the same time in every run with the same seed", async () => {
    const pauses = await Promise.all(
      [0, 0, 1].map(async (seed) => {
        const clock = manualClock();
        const { fn } = flaky(1, 1);
        const run = hyperSystem({ name: "seeded", clock, seed }, () => fn()).run(undefined);
        await clock.runAll();
        await run;
        return clock.now();
      }),
    );
    expect(pauses[0]).toBe(pauses[1]);
    expect(pauses[0]).not.toBe(pauses[2]);
  });
});

describe("timeoutMs", () => {
  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
    });

  it("aborts the signal of the attempt and fails with TIMEOUT", async () => {
    const clock = manualClock();
    let seen: AbortSignal | undefined;
    const slow = hyperfunction({ name: "slow", timeoutMs: 100 }, (_: undefined, { signal }) => {
      seen = signal;
      return never(signal);
    });
    const run = expect(systemOn(clock, () => slow()).run(undefined)).rejects.toMatchObject({
      code: "TIMEOUT",
      infrastructure: true,
      message: expect.stringContaining('"slow"'),
    });
    await clock.advance(99);
    expect(seen?.aborted).toBe(false);
    await clock.advance(1);
    await run;
    expect(seen?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("gives every attempt its own time", async () => {
    const clock = manualClock();
    const signals: AbortSignal[] = [];
    const slow = hyperfunction({ name: "slow", timeoutMs: 100, retries: 1 }, (_: undefined, { signal }) => {
      signals.push(signal);
      return signals.length === 1 ? never(signal) : "done";
    });
    const run = systemOn(clock, () => slow()).run(undefined);
    await clock.runAll();
    expect(await run).toBe("done");
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  });

  it("settles although the function ignores its signal, and leaves no timer", async () => {
    const clock = manualClock();
    const deaf = hyperfunction({ name: "deaf", timeoutMs: 10 }, () => new Promise<never>(() => undefined));
    const run = expect(systemOn(clock, () => deaf()).run(undefined)).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    await clock.runAll();
    await run;
    expect(clock.pending).toBe(0);
  });

  it("stops the clock when the function is in time", async () => {
    const clock = manualClock();
    const quick = hyperfunction({ name: "quick", timeoutMs: 10 }, () => "quick");
    expect(await systemOn(clock, () => quick()).run(undefined)).toBe("quick");
    expect(clock.pending).toBe(0);
  });
});

describe("a call's own signal", () => {
  it("aborts that call and reaches its context", async () => {
    const abort = new AbortController();
    let inside: AbortSignal | undefined;
    const waiting = hyperfunction({ name: "waiting" }, async (_: undefined, { signal }) => {
      inside = signal;
      await new Promise((resolve) => setImmediate(resolve));
      return signal.aborted;
    });
    const call = waiting(undefined, { signal: abort.signal });
    abort.abort();
    expect(await call).toBe(true);
    expect(inside?.aborted).toBe(true);
    await expect(waiting(undefined, { signal: abort.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("maxCalls", () => {
  it("limits calls per run, not over the life of the process", async () => {
    const limited = hyperfunction({ name: "limited", maxCalls: 2 }, (x: number) => x);
    const system = hyperSystem({ name: "limits" }, async (times: number) => {
      let last = 0;
      for (let i = 1; i <= times; i++) last = await limited(i);
      return last;
    });
    expect(await system.run(2)).toBe(2);
    expect(await Promise.all([system.run(2), system.run(1)])).toEqual([2, 1]);
    await expect(system.run(3)).rejects.toMatchObject({
      code: "CALL_LIMIT",
      message: expect.stringContaining("maxCalls = 2"),
    });
  });

  it("counts calls and not attempts", async () => {
    const clock = manualClock();
    let attempts = 0;
    const limited = hyperfunction({ name: "limited", maxCalls: 1, retries: 2 }, () => {
      attempts += 1;
      if (attempts < 3) throw new Error("again");
      return attempts;
    });
    const run = systemOn(clock, () => limited()).run(undefined);
    await clock.runAll();
    expect(await run).toBe(3);
  });

  it("counts calls made inside other calls", async () => {
    const leaf = hyperfunction({ name: "leaf", maxCalls: 1 }, () => 1);
    const outer = hyperfunction({ name: "outer" }, () => leaf());
    const system = hyperSystem({ name: "nested" }, async (_: undefined) => (await leaf()) + (await outer()));
    await expect(system.run(undefined)).rejects.toMatchObject({ code: "CALL_LIMIT" });
  });
});
