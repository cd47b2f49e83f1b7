import { describe, expect, it } from "@jest/globals";
import { sleep } from "../concurrency/sleep.js";
import { manualClock } from "./manual-clock.js";

describe("manualClock", () => {
  it("fires timers in order of time, then of setting, at their time", async () => {
    const clock = manualClock(100);
    const fired: string[] = [];
    for (const [name, ms] of [
      ["c", 20],
      ["a", 10],
      ["b", 10],
      ["never", 31],
    ] as const) {
      clock.setTimer(() => fired.push(`${name}@${clock.now()}`), ms);
    }
    await clock.advance(30);
    expect(fired).toEqual(["a@110", "b@110", "c@120"]);
    expect(clock.now()).toBe(130);
    expect(clock.pending).toBe(1);
  });

  it("lets code run between timers, so that a chain of sleeps takes one advance", async () => {
    const clock = manualClock();
    const chain = (async () => {
      for (let i = 0; i < 5; i++) await sleep(10, undefined, clock);
      return clock.now();
    })();
    await clock.advance(50);
    expect(await chain).toBe(50);
  });

  it("runs until no timer is left, and not those that were cancelled", async () => {
    const clock = manualClock();
    const cancel = clock.setTimer(() => undefined, 1e6);
    cancel();
    const slept = sleep(500, undefined, clock);
    await clock.runAll();
    await slept;
    expect([clock.now(), clock.pending]).toEqual([500, 0]);
  });
});
