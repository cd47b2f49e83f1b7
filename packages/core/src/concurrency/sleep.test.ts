import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../testing/manual-clock.js";
import { sleep } from "./sleep.js";

describe("sleep", () => {
  it("resolves after its time, not before", async () => {
    const clock = manualClock();
    let awake = false;
    const slept = sleep(100, undefined, clock).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
    await slept;
  });

  it("rejects on abort and leaves neither timer nor listener", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const slept = expect(sleep(100, controller.signal, clock)).rejects.toMatchObject({ code: "ABORTED" });
    await clock.advance(10);
    controller.abort();
    await slept;
    expect(clock.pending).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("does not begin under an aborted signal", async () => {
    const clock = manualClock();
    await expect(sleep(100, AbortSignal.abort(), clock)).rejects.toMatchObject({ code: "ABORTED" });
    expect(clock.pending).toBe(0);
  });

  it("removes its listener when it is over", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    const slept = sleep(100, signal, clock);
    await clock.advance(100);
    await slept;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
