import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HyperfuncError, type HyperfuncErrorCode } from "../errors/hyperfunc-error.js";
import { createRng } from "../rng/rng.js";
import { manualClock } from "../testing/manual-clock.js";
import { backoff, retry, type RetryOptions } from "./retry.js";

const busy = (retryAfterMs?: number): HyperfuncError =>
  new HyperfuncError("INFRASTRUCTURE", "429", { retryable: true, details: { retryAfterMs } });

/** Runs `retry` on a function that fails with the given errors and then succeeds. */
async function attempts(
  errors: readonly unknown[],
  options: Partial<RetryOptions> = {},
): Promise<{ result: unknown; calls: number; took: number }> {
  const clock = manualClock();
  let calls = 0;
  const outcome = retry(
    (attempt) => {
      expect(attempt).toBe(calls++);
      if (attempt < errors.length) throw errors[attempt];
      return "done";
    },
    { retries: 3, rng: createRng(0), clock, ...options },
  ).catch((error: unknown) => error);
  await clock.runAll();
  const result: unknown = await outcome;
  expect(clock.pending).toBe(0);
  return { result, calls, took: clock.now() };
}

describe("backoff", () => {
  it("is uniform below an end that doubles up to maxMs, above what the server asked for", () => {
    const options = fc.record({
      attempt: fc.nat(2000),
      seed: fc.integer(),
      baseMs: fc.integer({ min: 1, max: 1000 }),
      maxMs: fc.integer({ min: 1, max: 60_000 }),
      retryAfterMs: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(options, ({ attempt, seed, ...rest }) => {
        const pause = backoff(attempt, { ...rest, rng: createRng(seed) });
        expect(pause).toBeGreaterThanOrEqual(rest.retryAfterMs ?? 0);
        expect(pause - (rest.retryAfterMs ?? 0)).toBeLessThan(
          Math.min(rest.maxMs, rest.baseMs * 2 ** attempt),
        );
      }),
    );
  });

  it("spreads over the whole range", () => {
    const rng = createRng(1);
    const pauses = Array.from({ length: 1000 }, () => backoff(3, { rng }));
    expect(Math.min(...pauses)).toBeLessThan(100);
    expect(Math.max(...pauses)).toBeGreaterThan(3900);
    expect(Math.max(...pauses)).toBeLessThan(4000);
  });
});

describe("retry", () => {
  it("tries again until it succeeds", async () => {
    expect(await attempts([busy(), new Error("own"), "thrown text"])).toMatchObject({
      result: "done",
      calls: 4,
    });
  });

  it("gives up after `retries` more attempts, with the last failure", async () => {
    const errors = [busy(), busy(), busy(), busy(), busy()];
    expect(await attempts(errors)).toMatchObject({ result: errors[3], calls: 4 });
    expect(await attempts(errors, { retries: 0 })).toMatchObject({ result: errors[0], calls: 1, took: 0 });
  });

  it.each<HyperfuncErrorCode>(["ABORTED", "CALL_LIMIT", "BUDGET_EXHAUSTED", "BUDGET_UNBOUNDED"])(
    "never repeats %s, whoever calls it retryable",
    async (code) => {
      const error = new HyperfuncError(code, "final", { retryable: true });
      expect(await attempts([error], { shouldRetry: () => true })).toMatchObject({ result: error, calls: 1 });
    },
  );

  it("does not repeat a Hyperfunc error that is not retryable", async () => {
    const error = new HyperfuncError("INVALID_ARGUMENT", "wrong");
    expect(await attempts([error])).toMatchObject({ result: error, calls: 1 });
  });

  it("asks shouldRetry about the rest", async () => {
    const error = new Error("own");
    expect(await attempts([error], { shouldRetry: (given) => given !== error })).toMatchObject({
      calls: 1,
      result: error,
    });
  });

  it("waits as long as the server asks, but not for ever", async () => {
    expect((await attempts([busy(7000)])).took).toBeGreaterThanOrEqual(7000);
    expect((await attempts([busy(7000)])).took).toBeLessThan(7500);
    const daily = busy(86_400_000);
    expect(await attempts([daily])).toMatchObject({ result: daily, calls: 1, took: 0 });
    expect(await attempts([daily], { maxRetryAfterMs: Infinity })).toMatchObject({
      result: "done",
      calls: 2,
    });
  });

  it("tells of every failure it will repeat", async () => {
    const told: unknown[] = [];
    const errors = [busy(), busy()];
    const { took } = await attempts(errors, { onRetry: (failure) => void told.push(failure) });
    expect(told).toMatchObject([
      { attempt: 0, error: errors[0] },
      { attempt: 1, error: errors[1] },
    ]);
    const pauses = told.map((failure) => (failure as { pauseMs: number }).pauseMs);
    expect(took).toBeCloseTo(pauses.reduce((sum, pause) => sum + pause, 0));
  });

  it("makes no further attempt when that is refused, and pauses as it is told", async () => {
    let paused = 0;
    const pause = <T>(wait: () => Promise<T>): Promise<T> => {
      paused++;
      return wait();
    };
    expect(await attempts([busy(), busy()], { pause })).toMatchObject({ calls: 3 });
    expect(paused).toBe(2);
    const onRetry = (): Promise<void> => Promise.reject(new Error("no room"));
    expect(await attempts([busy(), busy()], { pause, onRetry })).toMatchObject({ calls: 1 });
    expect(paused).toBe(2);
  });

  it("stops on abort: during a pause, and after a failure", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    let calls = 0;
    const pausing = retry(
      () => {
        calls++;
        throw busy();
      },
      { retries: 100, rng: createRng(0), clock, signal: controller.signal },
    );
    const settled = expect(pausing).rejects.toMatchObject({ code: "ABORTED" });
    clock.setTimer(() => controller.abort(), 1000);
    await clock.runAll();
    await settled;
    expect(clock.pending).toBe(0);
    expect(clock.now()).toBe(1000);
    expect(calls).toBeLessThan(10);
    expect(await attempts([], { signal: controller.signal })).toMatchObject({
      result: { code: "ABORTED" },
      calls: 0,
    });
  });

  it("calls it ABORTED when the function fails because of the abort", async () => {
    const controller = new AbortController();
    const reason = new DOMException("gone", "AbortError");
    const result = retry(
      () => {
        controller.abort(reason);
        throw reason;
      },
      { retries: 0, rng: createRng(0), signal: controller.signal },
    );
    await expect(result).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  });
});
