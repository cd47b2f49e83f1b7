import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createRng, type ScoreResult, type Scorer } from "@hyperfunc/core";
import { EvalGate, evaluateScorer, loadBaseline, saveBaseline, type EvaluationReport } from "../index.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hyperfunc-gate-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** A report with these scores; undefined is an error. */
async function report(scores: readonly (number | undefined)[], prefix = "row"): Promise<EvaluationReport> {
  const scorer: Scorer = {
    name: "given",
    score: ({ output }): ScoreResult =>
      output === undefined
        ? { score: 0, feedback: "unreadable", status: "error" }
        : { score: output as number, feedback: "", status: "ok" },
  };
  return evaluateScorer(
    scorer,
    scores.map((output, index) => ({ id: `${prefix} ${index}`, output, expected: undefined })),
    { resamples: 0 },
  );
}
const ones = (count: number, wrong: number): number[] =>
  Array.from({ length: count }, (_, i) => (i < wrong ? 0 : 1));

describe("EvalGate", () => {
  it("passes a fall that chance explains, and stops one that it does not", async () => {
    const baseline = { exact: await report(ones(60, 6)) };
    const gate = new EvalGate({ baseline });
    const [close, fallen, better] = [ones(60, 7), ones(60, 20), ones(60, 0)];
    expect((await gate.check({ exact: await report(close) })).verdicts[0]).toMatchObject({
      passed: true,
      reason: "fell by 0.017, within chance",
    });
    expect((await gate.check({ exact: await report(fallen) })).verdicts[0]).toMatchObject({
      passed: false,
      reason: "fell by 0.233, more than chance explains",
    });
    expect((await gate.check({ exact: await report(better) })).verdicts[0]).toMatchObject({
      passed: true,
      reason: "did not fall",
    });
  });

  it("stops an unchanged program as rarely as its level says", async () => {
    const rng = createRng(0);
    let stopped = 0;
    for (let trial = 0; trial < 100; trial++) {
      const ease = Array.from({ length: 40 }, () => rng.uniform());
      const scores = (): number[] => ease.map((chance) => 0.5 * chance + 0.5 * rng.uniform());
      const gate = new EvalGate({ baseline: { s: await report(scores()) } });
      if (!(await gate.check({ s: await report(scores()) })).passed) stopped++;
    }
    expect(stopped / 100).toBeLessThan(0.08); // 0.025 on the lower side, and at most 7 of 100 in all but 0.1 % of seeds
  });

  it("lets a fall up to the tolerance pass", async () => {
    const gate = new EvalGate({ baseline: { s: await report(ones(60, 0)) }, tolerance: 0.5 });
    expect((await gate.check({ s: await report(ones(60, 20)) })).passed).toBe(true);
  });

  it.each(["row", "other"])("allows for chance at its level, among rows named %s", async (prefix) => {
    const baseline = { s: await report(ones(60, 6), prefix) };
    const now = { s: await report(ones(60, prefix === "row" ? 8 : 10)) };
    const passes = async (level: number): Promise<boolean> =>
      (await new EvalGate({ baseline, level }).check(now)).passed;
    expect([await passes(0.95), await passes(0.5)]).toEqual([true, false]);
  });

  it.each(["row", "other"])(
    "knows a fall without chance: few rows or no spread, named %s",
    async (prefix) => {
      const reason = async (before: number[], now: number[]): Promise<string | undefined> => {
        const gate = new EvalGate({ baseline: { s: await report(before, prefix) } });
        const [verdict] = (await gate.check({ s: await report(now) })).verdicts;
        return `${verdict?.passed} ${verdict?.reason}`;
      };
      expect(await reason([1], [0])).toBe("false fell by 1.000, with too few rows to know of chance");
      expect(await reason([0], [1])).toBe("true did not fall");
      expect(await reason(ones(5, 0), ones(5, 5))).toBe("false fell by 1.000, more than chance explains");
      expect(await reason(ones(5, 5), ones(5, 0))).toBe("true did not fall");
    },
  );

  it("compares means where rows have no common ids", async () => {
    const gate = new EvalGate({ baseline: { s: await report(ones(60, 6), "old") } });
    expect((await gate.check({ s: await report(ones(60, 7)) })).passed).toBe(true);
    expect((await gate.check({ s: await report(ones(60, 25)) })).passed).toBe(false);
  });

  it("stops at errors, a mean below the minimum, and a score that is no longer measured", async () => {
    const bad = [...ones(18, 0), undefined, undefined];
    const reasons = async (gate: EvalGate, reports: Record<string, EvaluationReport>): Promise<string[]> =>
      (await gate.check(reports)).verdicts.map(({ passed, reason }) => `${passed} ${reason}`);
    expect(await reasons(new EvalGate({}), { s: await report(bad) })).toEqual([
      "false 10 % of the judgements could not be made",
    ]);
    expect(await reasons(new EvalGate({ maxErrorRate: 0.1 }), { s: await report(bad) })).toEqual([
      "true new",
    ]);
    expect(await reasons(new EvalGate({ minimum: { s: 0.9 } }), { s: await report(ones(10, 2)) })).toEqual([
      "false is below the minimum 0.9",
    ]);
    expect(await reasons(new EvalGate({ minimum: { s: 0.8 } }), { s: await report(ones(10, 2)) })).toEqual([
      "true new",
    ]);
    expect(
      await reasons(new EvalGate({ baseline: {}, minimum: {} }), { constructor: await report(ones(4, 1)) }),
    ).toEqual(["true new"]);
    const oneOf20 = await report([...ones(19, 0), undefined]);
    const twoOf30 = await report([...ones(28, 0), undefined, undefined]);
    expect(await reasons(new EvalGate(), { oneOf20, twoOf30 })).toEqual([
      "true new",
      "false 7 % of the judgements could not be made",
    ]);
    const gate = new EvalGate({ baseline: { s: await report(ones(10, 2)) } });
    expect(await reasons(gate, {})).toEqual(["false was not measured"]);
    const none = { s: await report([undefined]) };
    expect(await reasons(new EvalGate({ maxErrorRate: 1 }), none)).toEqual(["false no row could be judged"]);
    expect(await reasons(new EvalGate({ baseline: none }), { s: await report(ones(10, 2)) })).toEqual([
      "false the baseline has no score; save a new one",
    ]);
  });

  it("stops when a minimum has not been measured, and refuses one that is no number", async () => {
    const { passed } = await new EvalGate({ minimum: { accuracy: 0.9 } }).check({});
    expect(passed).toBe(false);
    expect(() => new EvalGate({ minimum: { s: NaN } })).toThrow("minimum.s must be a finite number, got NaN");
  });

  it("stops when most of the baseline was left out, and pairs when most of it is there", async () => {
    const gate = new EvalGate({ baseline: { s: await report(ones(50, 25)) } });
    const [few] = (await gate.check({ s: await report(ones(50, 25).slice(0, 10)) })).verdicts;
    expect(few).toMatchObject({
      passed: false,
      reason: expect.stringContaining("most rows of the baseline"),
    });
    const [most] = (await gate.check({ s: await report(ones(50, 25).slice(0, 40)) })).verdicts;
    expect(most).toMatchObject({ passed: true, difference: 0 });
  });

  it.each<[string, boolean, readonly (number | undefined)[], readonly (number | undefined)[]]>([
    ["half of the rows", true, ones(10, 0), ones(5, 0)],
    ["less than half", false, ones(10, 0), ones(4, 0)],
    ["half of the rows that had a score", true, [...ones(4, 0), ...Array(6).fill(undefined)], ones(2, 0)],
    ["all, but most now an error", false, ones(10, 0), [...ones(4, 0), ...Array(6).fill(undefined)]],
  ])("takes the baseline for measured again where it was: %s, %p", async (_, passes, before, now) => {
    const gate = new EvalGate({ baseline: { s: await report(before) }, maxErrorRate: 1 });
    expect((await gate.check({ s: await report(now) })).passed).toBe(passes);
  });

  it("takes rounding for no fall", async () => {
    const gate = new EvalGate({ baseline: { s: await report([0.1, 0.2, 0.3], "old") } });
    expect((await gate.check({ s: await report([0.3, 0.2, 0.1], "new") })).verdicts[0]).toMatchObject({
      passed: true,
      reason: "did not fall",
    });
    const tolerant = new EvalGate({ baseline: { s: await report(Array(5).fill(0.8)) }, tolerance: 0.1 });
    expect((await tolerant.check({ s: await report(Array(5).fill(0.7)) })).verdicts[0]).toMatchObject({
      passed: true,
      reason: "fell by 0.100, within the tolerance",
    });
  });

  it("counts errors among repeats", async () => {
    let calls = 0;
    const flaky: Scorer = {
      score: () => ({ score: 1, feedback: "", status: calls++ % 10 === 0 ? "ok" : "error" }),
    };
    const now = await evaluateScorer(flaky, [{ output: 1, expected: 1 }], { repeats: 10 });
    expect(now.errors).toBe(0);
    expect((await new EvalGate().check({ s: now })).passed).toBe(false);
  });

  it("knows of chance by Welch's t where rows are others", async () => {
    const gate = new EvalGate({ baseline: { s: await report([0.5, 0.7, 0.9], "old") } });
    const { verdicts } = await gate.check({ s: await report([0.1, 0.3, 0.35, 0.6]) });
    // scipy 1.10.1: t.ppf(0.975, df) with Welch and Satterthwaite's df = 4.530352
    expect(verdicts[0]?.interval?.low).toBeCloseTo(-0.7726728, 6);
    expect(verdicts[0]?.interval?.high).toBeCloseTo(0.0476728, 6);
  });

  it("shows one line for each score", async () => {
    const gate = new EvalGate({ baseline: { exact: await report(ones(60, 6)) } });
    const { table } = await gate.check({ exact: await report(ones(60, 20)), new: await report(ones(4, 1)) });
    expect(table.split("\n")).toEqual([
      "score  baseline  now    change  interval         n   errors  verdict",
      "-----  --------  -----  ------  ---------------  --  ------  ----------------------------------------------",
      "exact  0.900     0.667  -0.233  -0.344 … -0.123  60  0       FAIL: fell by 0.233, more than chance explains",
      "new              0.750                           4   0       pass: new",
    ]);
    expect((await gate.check({ "two\nlines": await report(ones(4, 1)) })).table.split("\n")).toHaveLength(4);
  });

  it.each<[object, string]>([
    [{ tolerance: -1 }, "tolerance must be at least 0, got -1"],
    [{ maxErrorRate: 5 }, "maxErrorRate must lie between 0 and 1, got 5"],
    [{ level: 95 }, "level must lie between 0 and 1, exclusive, got 95"],
  ])("refuses %j", (options, message) => {
    expect(() => new EvalGate(options)).toThrow(message);
  });
});

describe("a baseline", () => {
  it("is a file that is written whole and read back as it was", async () => {
    const path = join(directory, "deep", "baseline.json");
    const reports = { s: await report([1, 0.5, undefined]) };
    await saveBaseline(path, reports);
    expect(await loadBaseline(path)).toEqual(JSON.parse(JSON.stringify(reports)));
    expect(await readdir(join(directory, "deep"))).toEqual(["baseline.json"]);
    const { passed } = await new EvalGate({ baseline: path, maxErrorRate: 1 }).check(reports);
    expect(passed).toBe(true);
  });

  it("says what is wrong with a file that is none", async () => {
    const path = join(directory, "other.json");
    await expect(loadBaseline(path)).rejects.toThrow("write one with saveBaseline");
    await writeFile(path, "{");
    await expect(loadBaseline(path)).rejects.toThrow("is no JSON");
    await writeFile(path, "null");
    await expect(loadBaseline(path)).rejects.toThrow("is no baseline of version 1");
    const [format, version, { rows, n }] = ["hyperfunc-eval-baseline", 1, await report(ones(4, 1))];
    for (const [content, message] of [
      [{ format, version: 2, reports: {} }, "is no baseline of version 1"],
      [{ format: "other", version, reports: {} }, "is no baseline of version 1"],
      [{ format, version, reports: { s: { n } } }, 'has no report under "s"'],
      [{ format, version, reports: { s: { rows } } }, 'has no report under "s"'],
      [{ format, version, reports: { s: null } }, 'has no report under "s"'],
    ] as const) {
      await writeFile(path, JSON.stringify(content));
      await expect(loadBaseline(path)).rejects.toThrow(message);
    }
    await expect(loadBaseline(directory)).rejects.toMatchObject({ code: "EISDIR" });
  });

  it("makes a process exit with 1, after a table, when a score has fallen", async () => {
    const path = join(directory, "gate.json");
    await saveBaseline(path, { s: await report(ones(60, 6)) });
    const run = (wrong: number): ReturnType<typeof spawnSync> => {
      const program = `
        import { EvalGate, evaluateScorer, ExactMatch } from "@hyperfunc/eval";
        const rows = Array.from({ length: 60 }, (_, i) => ({ id: "row " + i, output: i < ${wrong} ? "b" : "a", expected: "a" }));
        await new EvalGate({ baseline: ${JSON.stringify(path)} }).enforce({ s: await evaluateScorer(new ExactMatch(), rows) });
      `;
      return spawnSync(
        process.execPath,
        ["--conditions=@hyperfunc/source", "--import=tsx", "--input-type=module", "--eval", program],
        { encoding: "utf8", cwd: join(process.cwd(), "packages/hyperfunc") },
      );
    };
    const [fine, fallen] = [run(6), run(30)];
    expect([fine.status, fallen.status]).toEqual([0, 1]);
    expect(String(fallen.stdout)).toContain("FAIL: fell by 0.400");
  });
});
