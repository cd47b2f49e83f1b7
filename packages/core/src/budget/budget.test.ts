import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Semaphore } from "../concurrency/semaphore.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { createRng } from "../rng/rng.js";
import { manualClock } from "../testing/manual-clock.js";
import { RESOURCES, type Amounts, type BudgetLimits } from "./budget-limits.js";
import { Budget } from "./budget.js";

const NOTHING: Amounts = { calls: 0, runs: 0, tokens: 0, usd: 0 };

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("limits", () => {
  it.each(["maxCalls", "maxRuns", "maxTokens", "maxUsd", "maxMs"])("%s must be greater than 0", (limit) => {
    for (const value of [0, -1, NaN, -Infinity, "10", null]) {
      const error = caught(() => new Budget({ [limit]: value }));
      expect(isHyperfuncError(error, "INVALID_ARGUMENT")).toBe(true);
      expect(String(error)).toContain(`${limit} must be a positive number`);
      expect(String(error)).toContain("leave it out for no limit");
    }
  });

  it("count whole calls, runs and tokens, and fractions of dollars and milliseconds", () => {
    for (const limit of ["maxCalls", "maxRuns", "maxTokens"])
      expect(() => new Budget({ [limit]: 1.5 })).toThrow("whole");
    expect(new Budget({ maxUsd: 0.001, maxMs: 0.5 }).limits).toEqual({ maxUsd: 0.001, maxMs: 0.5 });
  });

  it("that are undefined or Infinity do not limit", () => {
    const budget = new Budget({ maxCalls: Infinity, maxTokens: undefined });
    expect(budget.limits).toEqual({});
    expect(budget.remaining).toEqual({});
    budget.reserve({ calls: 1e6, tokens: "unbounded", usd: "unbounded" }).settle({ tokens: 5, usd: 1 });
    expect(budget.spent).toEqual({ calls: 1e6, runs: 0, tokens: 5, usd: 1 });
  });

  it("with a misspelt name are refused", () => {
    const misspelt: object = { maxCost: 1 };
    expect(() => new Budget(misspelt)).toThrow(
      'no limit "maxCost"; the limits are maxCalls, maxRuns, maxTokens, maxUsd, maxMs',
    );
  });
});

describe("reserve", () => {
  it.each([
    ["maxCalls", { calls: 1 }],
    ["maxRuns", { runs: 1 }],
    ["maxTokens", { tokens: 1 }],
    ["maxUsd", { usd: 1 }],
  ] as const)("names %s when it is exhausted, and sets nothing aside", (limit, request) => {
    const budget = new Budget({ [limit]: 2 });
    budget.reserve(request).settle();
    budget.reserve(request);
    const error = caught(() => budget.reserve({ calls: 0, runs: 0, tokens: 0, ...request }));
    expect(isHyperfuncError(error, "BUDGET_EXHAUSTED")).toBe(true);
    expect(error).toMatchObject({ infrastructure: true, retryable: false });
    expect(error).toMatchObject({ details: { limit, max: 2, requested: 1, spent: 1, reserved: 1 } });
    expect(String(error)).toContain(`Raise ${limit}`);
    expect(budget.remaining).toEqual({ [Object.keys(request)[0] ?? ""]: 0 });
  });

  it("is all or nothing over several limits", () => {
    const budget = new Budget({ maxCalls: 10, maxTokens: 10 });
    expect(() => budget.reserve({ calls: 1, tokens: 11 })).toThrow("maxTokens is 10");
    expect(budget.reserved).toEqual(NOTHING);
  });

  it.each([
    ["maxTokens", { calls: 1, tokens: "unbounded" }, "output cap"],
    ["maxUsd", { calls: 1, usd: "unbounded" }, "price"],
  ] as const)("refuses what %s cannot bound", (limit, request, remedy) => {
    const budget = new Budget({ [limit]: 100 });
    const error = caught(() => budget.reserve(request));
    expect(isHyperfuncError(error, "BUDGET_UNBOUNDED")).toBe(true);
    expect(String(error)).toContain(limit);
    expect(String(error)).toContain(remedy);
    expect(budget.reserved).toEqual(NOTHING);
  });

  it.each([{ calls: -1 }, { calls: 0.5 }, { tokens: NaN }, { usd: -0.01 }, { usd: Infinity }])(
    "refuses %j",
    (request) => {
      expect(caught(() => new Budget().reserve(request))).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(caught(() => new Budget().reserve({}).settle(request))).toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    },
  );

  it("pays three calls of ten cents from thirty", () => {
    const budget = new Budget({ maxUsd: 0.3 });
    for (let call = 0; call < 3; call++) budget.reserve({ usd: 0.1 }).settle();
    expect(budget.spent.usd).toBe(0.3);
    expect(budget.remaining.usd).toBe(0);
    expect(() => budget.reserve({ usd: 1e-9 })).toThrow("maxUsd is 0.3");
  });
});

describe("a reservation", () => {
  it("frees what was not used", () => {
    const budget = new Budget({ maxTokens: 100, maxCalls: 5 });
    const reservation = budget.reserve({ calls: 1, tokens: 80 });
    expect(budget.reserved).toEqual({ ...NOTHING, calls: 1, tokens: 80 });
    expect(budget.remaining).toEqual({ calls: 4, tokens: 20 });
    reservation.settle({ tokens: 30 });
    expect(budget.spent).toEqual({ ...NOTHING, calls: 1, tokens: 30 });
    expect(budget.reserved).toEqual(NOTHING);
    expect(budget.remaining).toEqual({ calls: 4, tokens: 70 });
  });

  it("is settled once, and not after its release; release repeats harmlessly", () => {
    const budget = new Budget();
    const settled = budget.reserve({ calls: 1 });
    settled.settle();
    expect(caught(() => settled.settle())).toMatchObject({ code: "INVALID_STATE" });
    settled.release();
    const released = budget.reserve({ calls: 1 });
    released.release();
    released.release();
    expect(caught(() => released.settle())).toMatchObject({ code: "INVALID_STATE" });
    expect(budget.spent).toEqual({ ...NOTHING, calls: 1 });
    expect(budget.reserved).toEqual(NOTHING);
  });

  it("books more than was reserved truthfully, and refuses what follows", () => {
    const budget = new Budget({ maxTokens: 100 });
    budget.reserve({ tokens: 90 }).settle({ tokens: 120 });
    expect(budget.spent.tokens).toBe(120);
    expect(budget.remaining.tokens).toBe(0);
    expect(() => budget.reserve({ tokens: 1 })).toThrow("120 spent");
  });

  it("stays open when it is settled with nonsense", () => {
    const budget = new Budget();
    const reservation = budget.reserve({ calls: 1 });
    expect(() => reservation.settle({ tokens: -1 })).toThrow("at least 0");
    reservation.settle();
    expect(budget.spent.calls).toBe(1);
  });
});

describe("time", () => {
  it("ends new work at maxMs and leaves what is in flight alone", async () => {
    const clock = manualClock(5000);
    const budget = new Budget({ maxMs: 100 }, { clock });
    const inFlight = budget.reserve({ calls: 1 });
    await clock.advance(99);
    expect(budget.expired()).toBe(false);
    expect(budget.remaining.ms).toBe(1);
    await clock.advance(1);
    expect(budget.expired()).toBe(true);
    expect(caught(() => budget.reserve({}))).toMatchObject({
      code: "BUDGET_EXHAUSTED",
      details: { limit: "maxMs" },
    });
    inFlight.settle();
    expect(budget.spent.calls).toBe(1);
  });
});

describe("a saved ledger", () => {
  it("continues with spending and time, under its own limits or new ones", async () => {
    const clock = manualClock();
    const budget = new Budget({ maxCalls: 10, maxUsd: 1, maxMs: 1000 }, { clock });
    budget.reserve({ calls: 4, runs: 2, tokens: 7, usd: 0.123456789 }).settle();
    budget.reserve({ calls: 1 });
    await clock.advance(600);
    const saved = JSON.parse(JSON.stringify(budget.toJson())) as ReturnType<Budget["toJson"]>;

    const later = manualClock(1e12);
    const resumed = Budget.fromJson(saved, { clock: later });
    expect(resumed.spent).toEqual({ calls: 4, runs: 2, tokens: 7, usd: 0.123456789 });
    expect(resumed.reserved).toEqual(NOTHING);
    expect(resumed.elapsedMs).toBe(600);
    expect(() => resumed.reserve({ calls: 7 })).toThrow("maxCalls is 10, 4 spent");
    await later.advance(400);
    expect(resumed.expired()).toBe(true);

    const raised = Budget.fromJson(saved, { clock: later, limits: { maxCalls: 20 } });
    raised.reserve({ calls: 16 });
    expect(raised.remaining.calls).toBe(0);
  });

  it.each([
    { limits: {}, spent: { ...NOTHING, calls: -1 }, elapsedMs: 0 },
    { limits: {}, spent: { ...NOTHING, usd: NaN }, elapsedMs: 0 },
    { limits: { maxCalls: 0 }, spent: NOTHING, elapsedMs: 0 },
    { limits: {}, spent: NOTHING, elapsedMs: NaN },
  ])("is refused when no ledger writes %j", (json) => {
    expect(caught(() => Budget.fromJson(json))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

/** A provider that never takes more than was asked for, and sometimes fails before or after taking something. */
async function storm(
  budget: Budget,
  limits: BudgetLimits,
  seed: number,
): Promise<{ real: Record<keyof Amounts, number>; refused: number }> {
  const rng = createRng(seed);
  const real = { ...NOTHING } as Record<keyof Amounts, number>;
  const slots = new Semaphore(64);
  let refused = 0;
  const turn = (): Promise<void> =>
    new Promise((resolve) => (rng.uniform() < 0.5 ? setImmediate(resolve) : resolve()));

  const attempt = async (own: ReturnType<typeof createRng>): Promise<boolean> => {
    const bound = { calls: 1, runs: own.int(0, 1), tokens: own.int(0, 400), usd: own.uniform() * 0.02 };
    const reservation = budget.reserve(bound);
    for (let wait = own.int(0, 3); wait > 0; wait--) await turn();
    const fate = own.uniform();
    if (fate < 0.1) {
      reservation.release();
      return false;
    }
    const used = {
      calls: 1,
      runs: bound.runs,
      tokens: own.int(0, bound.tokens),
      usd: bound.usd * own.uniform(),
    };
    for (const resource of RESOURCES) {
      real[resource] += used[resource];
      const max =
        limits[
          ({ calls: "maxCalls", runs: "maxRuns", tokens: "maxTokens", usd: "maxUsd" } as const)[resource]
        ];
      // What really happened, counted by the provider, at any moment.
      expect(real[resource]).toBeLessThanOrEqual((max ?? Infinity) + 1e-9);
    }
    reservation.settle(used);
    return fate > 0.3;
  };

  const call = async (index: number): Promise<void> => {
    const own = rng.fork("call", index);
    try {
      for (let retries = 3; retries >= 0; retries--) if (await attempt(own)) return;
    } catch (error) {
      if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) throw error;
      refused++;
    }
  };
  await Promise.all(Array.from({ length: 300 }, (_, index) => slots.run(() => call(index))));
  return { real, refused };
}

describe("64 calls at a time", () => {
  const limit = (max: number): fc.Arbitrary<number | undefined> =>
    fc.option(fc.integer({ min: 1, max }), { nil: undefined });

  it("never overshoot any limit, in any order of settling, with retries", async () => {
    const limits = fc.record({
      maxCalls: limit(600),
      maxRuns: limit(200),
      maxTokens: limit(60_000),
      maxUsd: fc.option(fc.double({ min: 0.01, max: 3, noNaN: true }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.integer(), async (limits, seed) => {
        const budget = new Budget(limits);
        const { real, refused } = await storm(budget, limits, seed);
        expect(budget.reserved).toEqual(NOTHING);
        expect({ ...budget.spent, usd: 0 }).toEqual({ ...real, usd: 0 });
        expect(budget.spent.usd).toBeCloseTo(real.usd, 5);
        expect(budget.spent.usd).toBeGreaterThanOrEqual(real.usd - 1e-9);
        if (Object.values(limits).every((value) => value === undefined)) expect(refused).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it("spend a limit of calls to the last one", async () => {
    const budget = new Budget({ maxCalls: 100 });
    await storm(budget, { maxCalls: 100 }, 1);
    expect(budget.spent.calls).toBe(100);
  });
});
