import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createRng } from "../rng/rng.js";
import { manualClock } from "../testing/manual-clock.js";
import { Semaphore } from "./semaphore.js";
import { sleep } from "./sleep.js";

describe("Semaphore", () => {
  it("lets in first come, first served", async () => {
    const slots = new Semaphore(1);
    const order: number[] = [];
    const release = await slots.acquire();
    const all = [1, 2, 3].map((n) => slots.run(() => order.push(n)));
    expect(slots.waiting).toBe(3);
    release();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
    expect([slots.active, slots.waiting]).toEqual([0, 0]);
  });

  it("leaves no listener behind when a waiter gets its slot", async () => {
    const slots = new Semaphore(1);
    const { signal } = new AbortController();
    const release = await slots.acquire(signal);
    const waiter = slots.acquire(signal);
    release();
    await waiter;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("does not let a newcomer overtake a waiter whose slot was just freed", async () => {
    const slots = new Semaphore(1);
    const order: string[] = [];
    const release = await slots.acquire();
    const waiter = slots.run(() => order.push("waiter"));
    release();
    await Promise.all([slots.run(() => order.push("newcomer")), waiter]);
    expect(order).toEqual(["waiter", "newcomer"]);
  });

  it("gives a free slot at once, and none while all are taken", async () => {
    const slots = new Semaphore(1);
    const release = slots.tryAcquire();
    expect([slots.active, slots.tryAcquire()]).toEqual([1, undefined]);
    const waiter = slots.acquire();
    release?.();
    expect(slots.tryAcquire()).toBeUndefined();
    (await waiter)();
    expect(slots.active).toBe(0);
  });

  it("tells when fewer wait than there are slots, also when it is an abort that makes it so", async () => {
    const slots = new Semaphore(1);
    const abort = new AbortController();
    const release = await slots.acquire();
    await slots.short();
    const waiter = slots.acquire(abort.signal);
    let short = false;
    const told = slots.short().then(() => (short = true));
    await Promise.resolve();
    expect(short).toBe(false);
    abort.abort();
    await expect(waiter).rejects.toMatchObject({ code: "ABORTED" });
    await told;
    const next = slots.acquire();
    const again = slots.short();
    release();
    await again;
    (await next)();
    expect(slots.active).toBe(0);
  });

  it("frees a slot once, however often it is released", async () => {
    const slots = new Semaphore(1);
    const release = await slots.acquire();
    release();
    release();
    expect(slots.active).toBe(0);
    await slots.acquire();
    expect(slots.active).toBe(1);
  });

  it("frees its slot when the function throws, sync or async", async () => {
    const slots = new Semaphore(1);
    const fails = (): never => {
      throw new Error("sync");
    };
    await expect(slots.run(fails)).rejects.toThrow("sync");
    await expect(slots.run(() => Promise.reject(new Error("async")))).rejects.toThrow("async");
    expect(slots.active).toBe(0);
  });

  it("lets a waiter leave on abort, without a trace", async () => {
    const slots = new Semaphore(1);
    const controller = new AbortController();
    const release = await slots.acquire();
    const leaving = slots.acquire(controller.signal);
    const staying = slots.acquire();
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ code: "ABORTED" });
    expect(slots.waiting).toBe(1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    release();
    (await staying)();
    expect(slots.active).toBe(0);
    await expect(slots.acquire(controller.signal)).rejects.toMatchObject({ code: "ABORTED" });
    expect(slots.active).toBe(0);
  });

  it.each([0, -1, 1.5, NaN])("refuses the limit %d", (limit) => {
    expect(() => new Semaphore(limit)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("never exceeds its limit, uses it in full, and ends empty, whoever aborts or fails when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom(1, 2, 7, Infinity), async (seed, limit) => {
        const rng = createRng(seed);
        const clock = manualClock();
        const slots = new Semaphore(limit);
        let inside = 0;
        let most = 0;
        const task = async (index: number): Promise<void> => {
          const own = rng.fork(index);
          const controller = new AbortController();
          await sleep(own.int(0, 20), undefined, clock);
          if (own.uniform() < 0.4) clock.setTimer(() => controller.abort(), own.int(0, 30));
          await slots.run(async () => {
            most = Math.max(most, ++inside);
            await sleep(own.int(0, 10), undefined, clock);
            inside--;
            if (own.uniform() < 0.2) throw new Error("own failure");
          }, controller.signal);
        };
        const all = Promise.allSettled(Array.from({ length: 40 }, (_, index) => task(index)));
        await clock.runAll();
        await all;
        expect(most).toBeLessThanOrEqual(limit);
        expect(most).toBeGreaterThanOrEqual(Math.min(limit, 2));
        expect([slots.active, slots.waiting, inside, clock.pending]).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: 30 },
    );
  });
});
