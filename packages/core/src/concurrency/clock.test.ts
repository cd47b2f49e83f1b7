import { describe, expect, it } from "@jest/globals";
import { systemClock } from "./clock.js";

describe("systemClock", () => {
  it("shows the time of day and never goes back", () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.now());
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  });

  it("fires a timer, unless it is cancelled", async () => {
    const fired: string[] = [];
    const cancel = systemClock.setTimer(() => fired.push("cancelled"), 0);
    cancel();
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 1));
    expect(fired).toEqual([]);
    cancel();
  });

  it("waits for more than 24 days, where Node would fire at once", async () => {
    const fired: string[] = [];
    const cancel = systemClock.setTimer(() => fired.push("too early"), 2 ** 31);
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 5));
    cancel();
    expect(fired).toEqual([]);
  });
});
