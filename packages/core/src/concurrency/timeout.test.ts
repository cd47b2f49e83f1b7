import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../testing/manual-clock.js";
import { sleep } from "./sleep.js";
import { withTimeout } from "./timeout.js";

const never = (): Promise<never> => new Promise(() => undefined);

describe("withTimeout", () => {
  it("gives what the function gives, sync or async, and clears timer and listener", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    await expect(withTimeout(() => 1, { timeoutMs: 10, signal, clock })).resolves.toBe(1);
    await expect(withTimeout(async () => 2, { timeoutMs: 10, signal, clock })).resolves.toBe(2);
    const fails = (): never => {
      throw new Error("own");
    };
    await expect(withTimeout(fails, { timeoutMs: 10, signal, clock })).rejects.toThrow("own");
    expect(clock.pending).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("ends with a retryable TIMEOUT of the infrastructure, even when the function is deaf", async () => {
    const clock = manualClock();
    const result = withTimeout(never, { timeoutMs: 10, clock, what: '"classify"' });
    const settled = expect(result).rejects.toMatchObject({
      code: "TIMEOUT",
      retryable: true,
      infrastructure: true,
      details: { timeoutMs: 10 },
      message: '"classify" took longer than 10 ms (timeoutMs). Raise timeoutMs, or retry.',
    });
    await clock.advance(10);
    await settled;
    expect(clock.pending).toBe(0);
  });

  it("aborts the function's own signal, with the timeout as reason", async () => {
    const clock = manualClock();
    let inner: unknown;
    const result = withTimeout(
      (signal) => sleep(50, signal, clock).catch((error: unknown) => (inner = error)),
      {
        timeoutMs: 10,
        clock,
      },
    );
    const settled = expect(result).rejects.toMatchObject({ code: "TIMEOUT" });
    await clock.advance(10);
    await settled;
    expect(inner).toMatchObject({ code: "TIMEOUT" });
    expect(clock.pending).toBe(0);
  });

  it("drops what a deaf function throws later", async () => {
    const clock = manualClock();
    const late = withTimeout(
      async () => {
        await sleep(50, undefined, clock);
        throw new Error("too late");
      },
      { timeoutMs: 10, clock },
    );
    const settled = expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
    await clock.advance(100);
    await settled;
  });

  it("settles when the caller aborts, even when the function is deaf", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const result = withTimeout(
      (signal) => {
        inner = signal;
        return never();
      },
      { timeoutMs: 10, signal: controller.signal, clock },
    );
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: "ABORTED" });
    expect(inner?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("does not call the function under an aborted signal", async () => {
    let called = false;
    const result = withTimeout(() => (called = true), { timeoutMs: 10, signal: AbortSignal.abort() });
    await expect(result).rejects.toMatchObject({ code: "ABORTED" });
    expect(called).toBe(false);
  });

  it.each([0, -1, NaN, Infinity])("refuses timeoutMs %d", async (timeoutMs) => {
    await expect(withTimeout(() => 1, { timeoutMs })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
