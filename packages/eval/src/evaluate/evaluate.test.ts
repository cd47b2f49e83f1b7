import { describe, expect, it } from "@jest/globals";
import { HyperfuncError, type ScorerInput, type ScoreResult, type Scorer } from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import {
  bootstrapInterval,
  clusteredInterval,
  compare,
  evaluateScorer,
  ExactMatch,
  LLMJudge,
  pairedPermutation,
  wilsonInterval,
  type Row,
} from "../index.js";

const rowsOf = (...outputs: readonly string[]): Row[] => outputs.map((output) => ({ output, expected: "a" }));

/** Scores that are given, and errors where they are undefined. */
function given(scores: readonly (number | undefined)[]): Scorer {
  return {
    name: "given",
    score: ({ output }: ScorerInput): ScoreResult => {
      const score = scores[output as number];
      return score === undefined
        ? { score: 0, feedback: "no idea", status: "error" }
        : { score, feedback: `was ${score}`, status: "ok" };
    },
  };
}
const positions = (count: number): Row[] =>
  Array.from({ length: count }, (_, output) => ({ output, expected: undefined }));

describe("evaluateScorer", () => {
  it("gives the mean, with Wilson's interval for right and wrong", async () => {
    const report = await evaluateScorer(new ExactMatch(), rowsOf("a", "a", "b", "a"));
    expect(report).toMatchObject({ scorer: "ExactMatch", n: 4, errors: 0, mean: 0.75 });
    expect(report.interval).toBe(report.intervals.wilson);
    // statsmodels 0.13.5: proportion_confint(3, 4, method="wilson")
    expect(report.interval?.low).toBeCloseTo(0.30064184, 7);
    expect(report.interval?.high).toBeCloseTo(0.95441273, 7);
    expect(report.rows.map(({ id, score }) => [id, score])).toEqual([
      ["0", 1],
      ["1", 1],
      ["2", 0],
      ["3", 1],
    ]);
  });

  it("gives Student's interval for graded scores, and the bootstrap's beside it", async () => {
    const report = await evaluateScorer(given([0.2, 0.4, 0.9, 0.7]), positions(4));
    expect(report.interval).toBe(report.intervals.t);
    // scipy 1.10.1: t.interval(0.95, 3, 0.55, sem([0.2, 0.4, 0.9, 0.7]))
    expect(report.interval?.low).toBeCloseTo(0.0552686, 6);
    expect(report.interval?.high).toBeCloseTo(1.0447314, 6);
    expect(report.standardError).toBeCloseTo(0.155456, 6);
    expect(report.intervals).not.toHaveProperty("wilson");
    expect(report.intervals.bootstrap?.low).toBeGreaterThan(0.2);
  });

  it("widens the interval where rows come in clusters", async () => {
    const scores = [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1];
    const rows = positions(12).map((row, index) => ({ ...row, cluster: `text ${Math.floor(index / 4)}` }));
    const clustered = await evaluateScorer(given(scores), rows);
    const { intervals, interval } = clustered;
    expect(interval).toBe(intervals.clustered);
    const width = ({ low = 0, high = 0 }: { low?: number; high?: number } = {}): number => high - low;
    expect(width(intervals.clustered)).toBeGreaterThan(2 * width(intervals.t));
  });

  it("counts errors apart: in no mean, never as zeros", async () => {
    const report = await evaluateScorer(given([1, undefined, 0.5, undefined]), positions(4));
    expect(report).toMatchObject({ n: 2, errors: 2, mean: 0.75 });
    expect(report.rows[1]).toMatchObject({ score: undefined, errors: ["no idea"] });
  });

  it("has no figures where nothing could be judged", async () => {
    expect(await evaluateScorer(given([]), positions(2))).toMatchObject({
      n: 0,
      errors: 2,
      mean: undefined,
      interval: undefined,
      intervals: {},
    });
  });

  it("takes what a scorer throws, and what is no number, for errors of the row", async () => {
    const scorer: Scorer = {
      score: ({ output }) => {
        if (output === 0) throw new Error("broken");
        return { score: output === 1 ? NaN : 1, feedback: "", status: "ok" };
      },
    };
    const { rows, n } = await evaluateScorer(scorer, positions(3));
    expect(n).toBe(1);
    expect(rows.map(({ errors }) => errors)).toEqual([["broken"], ["The scorer gave NaN."], []]);
  });

  it("stops at an abort, and at the end of a budget", async () => {
    const exhausted: Scorer = {
      score: () => {
        throw new HyperfuncError("BUDGET_EXHAUSTED", "No money left.");
      },
    };
    await expect(evaluateScorer(exhausted, positions(50))).rejects.toMatchObject({
      code: "BUDGET_EXHAUSTED",
    });
    const aborted = evaluateScorer(given([1, 1]), positions(2), { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    const controller = new AbortController();
    const cut: Scorer = {
      score: () => {
        controller.abort();
        throw new Error("socket closed");
      },
    };
    await expect(evaluateScorer(cut, positions(1), { signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("throws the first failure, and asks nothing after it", async () => {
    let calls = 0;
    const scorer: Scorer = {
      score: async ({ output }) => {
        calls++;
        if (output === 0) throw new HyperfuncError("BUDGET_EXHAUSTED", "No money left.");
        await new Promise((resolve) => setImmediate(resolve));
        if (output === 1) throw new HyperfuncError("UNRESOLVED_MODEL", "Too late.");
        return { score: 1, feedback: "", status: "ok" };
      },
    };
    await expect(evaluateScorer(scorer, positions(50), { concurrency: 3 })).rejects.toMatchObject({
      code: "BUDGET_EXHAUSTED",
    });
    expect(calls).toBe(3);
  });

  it.each([
    [3, 3],
    [undefined, 16],
  ])("runs as many judgements at a time as told: %p, and says how far it is", async (concurrency, atOnce) => {
    let [inFlight, most] = [0, 0];
    const scorer: Scorer = {
      score: async () => {
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight--;
        return { score: 1, feedback: "", status: "ok" };
      },
    };
    const progress: unknown[] = [];
    await evaluateScorer(scorer, positions(10), {
      repeats: 2,
      concurrency,
      onProgress: (state) => progress.push(state),
    });
    expect(most).toBe(atOnce);
    expect(progress).toEqual(Array.from({ length: 20 }, (_, index) => ({ done: index + 1, total: 20 })));
  });

  it("repeats judgements as rollouts of their own, averages them by row, and gives pass@k", async () => {
    const seen: (number | undefined)[] = [];
    const scorer: Scorer = {
      score: ({ output, rollout = 0 }) => {
        seen.push(rollout);
        return { score: output === 0 || rollout === 0 ? 1 : 0, feedback: `rollout ${rollout}`, status: "ok" };
      },
    };
    const report = await evaluateScorer(scorer, positions(2), { repeats: 4, passAt: [1, 2, 4] });
    expect(seen.sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(report.rows.map(({ score }) => score)).toEqual([1, 0.25]);
    expect(report.rows[1]).toMatchObject({ judgements: [1, 0, 0, 0], feedback: "rollout 1" });
    expect(report.passAt?.[1]).toEqual({ any: 0.625, all: 0.625 });
    expect(report.passAt?.[2]).toEqual({ any: 0.75, all: 0.5 });
    expect(report.passAt?.[4]).toEqual({ any: 1, all: 0.5 });
  });

  it("averages the judgements that could be made, with the inputs and the signal handed on", async () => {
    const seen: unknown[] = [];
    const scorer: Scorer = {
      score: ({ inputs, signal, rollout }) => {
        seen.push([inputs, signal]);
        return rollout === 0
          ? { score: 0, feedback: "no", status: "error" }
          : { score: 0.8, feedback: "", status: "ok" };
      },
    };
    const { signal } = new AbortController();
    const rows = [{ output: 1, expected: 1, inputs: "question" }];
    const { mean, rows: scored, passAt } = await evaluateScorer(scorer, rows, { repeats: 3, signal });
    expect(mean).toBeCloseTo(0.8, 12);
    expect(scored[0]).toMatchObject({ judgements: [null, 0.8, 0.8], errors: ["no"] });
    expect(seen).toEqual(Array(3).fill(["question", signal]));
    expect(Object.keys(passAt ?? {})).toEqual(["1"]); // no row has three judgements
  });

  it.each([
    [{}, { 1: { any: 0.25, all: 0.25 }, 2: { any: 0.5, all: 0 } }],
    [{ passThreshold: 0.8 }, { 1: { any: 1, all: 1 }, 2: { any: 1, all: 1 } }],
    [{ passThreshold: 0.81 }, { 1: { any: 0.25, all: 0.25 }, 2: { any: 0.5, all: 0 } }],
  ])("counts as passed what reaches the threshold, with %j", async (options, passAt) => {
    const scorer: Scorer = {
      score: ({ output, rollout }) => ({
        score: output === 0 && rollout === 1 ? 1 : 0.8,
        feedback: "",
        status: "ok",
      }),
    };
    const report = await evaluateScorer(scorer, positions(2), { repeats: 2, ...options });
    expect(report.passAt).toEqual(passAt);
  });

  it("pays for nothing when an option is wrong, nor after its progress could not be told", async () => {
    let calls = 0;
    const scorer: Scorer = { score: () => ({ score: ++calls > 0 ? 1 : 0, feedback: "", status: "ok" }) };
    for (const options of [{ level: 95 }, { resamples: -1 }, { resamples: NaN }, { passThreshold: NaN }]) {
      await expect(evaluateScorer(scorer, positions(20), options)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }
    expect(calls).toBe(0);
    const onProgress = (): void => {
      throw new Error("no terminal");
    };
    await expect(evaluateScorer(scorer, positions(200), { concurrency: 4, onProgress })).rejects.toThrow(
      "no terminal",
    );
    expect(calls).toBeLessThan(10);
  });

  it("says nothing of other clusters from one", async () => {
    const rows = positions(4).map((row) => ({ ...row, cluster: "only" }));
    expect(await evaluateScorer(given([1, 0, 1, 1]), rows)).toMatchObject({
      interval: undefined,
      standardError: undefined,
    });
  });

  it("takes rows without a cluster for clusters of their own", async () => {
    const scores = [1, 0, 1, 0, 1, 1];
    const { intervals } = await evaluateScorer(
      given(scores),
      positions(6).map((row, index) => (index < 2 ? { ...row, cluster: "0" } : row)),
    );
    const { low, high } = clusteredInterval(scores, ["0", "0", "c", "d", "e", "f"]);
    expect(intervals.clustered).toEqual({ low, high, level: 0.95 });
  });

  it("gives intervals of the level that is asked for", async () => {
    const scores = [0.2, 0.4, 0.9, 0.7, 0.5];
    const [wide, narrow] = [0.99, 0.5].map((level) => evaluateScorer(given(scores), positions(5), { level }));
    const { t: a, bootstrap: b } = (await wide)?.intervals ?? {};
    const { t: c, bootstrap: d } = (await narrow)?.intervals ?? {};
    expect([a?.level, b?.level, c?.level, d?.level]).toEqual([0.99, 0.99, 0.5, 0.5]);
    expect([a?.low, b?.low].map(Number).every((low, index) => low < Number([c?.low, d?.low][index]))).toBe(
      true,
    );
  });

  it("hands level, seed and resamples to every interval", async () => {
    const scores = [1, 0, 1, 1, 0, 1];
    const clusters = scores.map((_, index) => `text ${index >> 1}`);
    const rows = positions(6).map((row, index) => ({ ...row, cluster: clusters[index] }));
    const options = { level: 0.5, seed: 7, resamples: 300 };
    const { intervals, standardError } = await evaluateScorer(given(scores), rows, options);
    const ends = ({ low, high }: { low: number; high: number }) => ({ low, high, level: 0.5 });
    const clustered = clusteredInterval(scores, clusters, 0.5);
    expect(intervals).toMatchObject({
      clustered: ends(clustered),
      wilson: ends(wilsonInterval(4, 6, 0.5)),
    });
    expect(standardError).toBe(clustered.standardError);
    const graded = Array.from({ length: 30 }, (_, index) => Math.sin(index) ** 2);
    const { bootstrap } = (await evaluateScorer(given(graded), positions(30), options)).intervals;
    expect(bootstrap).toEqual(ends(bootstrapInterval(graded, options)));
  });

  it("has no standard error from one row", async () => {
    expect(await evaluateScorer(given([0.5]), positions(1))).toMatchObject({
      mean: 0.5,
      standardError: undefined,
      interval: undefined,
    });
  });

  it("asks a judge anew for each repeat, and as ever without", async () => {
    const model = scriptedModel(() => '{"reasoning":"","score":3}');
    const judge = new LLMJudge({ model, criteria: "Good?" });
    await evaluateScorer(judge, rowsOf("a"), { repeats: 3 });
    await evaluateScorer(judge, rowsOf("a"));
    expect(model.requests.map(({ rollout }) => rollout)).toEqual([0, 1, 2, undefined]);
  });

  it.each<[readonly Row[], object, string]>([
    [[], {}, "at least one row"],
    [rowsOf("a", "b").map((row) => ({ ...row, id: "same" })), {}, 'Two rows have the id "same"'],
    [[{ output: "a", id: "1" }, { output: "b" }], {}, 'Two rows have the id "1"'],
    [rowsOf("a"), { repeats: 0 }, "repeats must be a positive integer, got 0"],
    [rowsOf("a"), { concurrency: 1.5 }, "concurrency must be a positive integer, got 1.5"],
    [rowsOf("a"), { repeats: 2, passAt: [3] }, "from 1 to repeats = 2, got 3"],
    [rowsOf("a"), { repeats: 2, passAt: [0] }, "from 1 to repeats = 2, got 0"],
    [rowsOf("a"), { level: 1 }, "level"],
  ])("refuses %j with %j", async (rows, options, message) => {
    await expect(evaluateScorer(new ExactMatch(), rows, options)).rejects.toThrow(message);
  });
});

describe("compare", () => {
  it("is the paired t test, with exact p-values beside it", () => {
    // Cushny and Peebles' sleep data, R's sleep: t.test(paired = TRUE) gives p = 0.002833, interval 0.70 … 2.46.
    const two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const { difference, p, interval, permutationP, n, ...rest } = compare(two, one);
    expect(difference).toBeCloseTo(1.58, 12);
    expect(p).toBeCloseTo(0.00283289, 8);
    expect([interval?.low, interval?.high]).toEqual([
      expect.closeTo(0.7001142, 6),
      expect.closeTo(2.4598858, 6),
    ]);
    expect(permutationP).toBeCloseTo(2 / 2 ** 9, 12); // nine differ, all the same way
    expect(n).toBe(10);
    expect(rest).not.toHaveProperty("mcNemar");
    expect(rest.better[0]).toEqual({ id: "8", a: 4.6, b: 0 });
    expect(rest.worse).toEqual([]);
    expect(compare(two, one, { level: 0.5 }).interval?.level).toBe(0.5);
  });

  it("draws its permutations by its seed", () => {
    const scores = Array.from({ length: 30 }, (_, index) => Math.sin(index) + 0.2);
    const zeros = scores.map(() => 0);
    const [p, other] = [1, 2].map((seed) => compare(scores, zeros, { seed }).permutationP);
    expect(p).toBe(pairedPermutation(scores, zeros, { seed: 1 }).p);
    expect(p).not.toBe(other);
  });

  it("lists what changed most first, on both sides", () => {
    const { better, worse } = compare([0, 0, 0.5, 0.3, 1], [0.2, 1, 0.5, 0.2, 0]);
    expect([better, worse].map((rows) => rows.map(({ id }) => id))).toEqual([
      ["4", "3"],
      ["1", "0"],
    ]);
  });

  it("is McNemar's test where scores are right and wrong", () => {
    const a = [...Array<number>(9).fill(1), 0];
    const b = [...Array<number>(9).fill(0), 1];
    // scipy 1.10.1: binomtest(1, 10).pvalue
    expect(compare(a, b).mcNemar).toEqual({ onlyA: 9, onlyB: 1, p: expect.closeTo(0.021484375, 12) });
    expect(compare([0.5, ...a], [0, ...b])).not.toHaveProperty("mcNemar");
  });

  it("pairs reports by id, and leaves out what has no pair", async () => {
    const row = (id: string, output: number): Row => ({ id, output, expected: undefined });
    const a = await evaluateScorer(given([1, 0.5, undefined, 1]), [
      row("x", 0),
      row("y", 1),
      row("z", 2),
      row("new", 3),
    ]);
    const b = await evaluateScorer(given([0, 0.5, 1, 1]), [
      row("old", 3),
      row("z", 2),
      row("y", 1),
      row("x", 0),
    ]);
    expect(compare(a, b)).toMatchObject({
      n: 2,
      dropped: 3,
      difference: 0.5,
      better: [{ id: "x", a: 1, b: 0 }],
    });
  });

  it("widens its interval where rows come in clusters", async () => {
    const rows = positions(12).map((row, index) => ({ ...row, cluster: `text ${Math.floor(index / 4)}` }));
    const a = await evaluateScorer(given([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]), rows);
    const b = await evaluateScorer(given(Array<number>(12).fill(0)), rows);
    const plain = compare(
      a.rows.map(({ score = 0 }) => score),
      b.rows.map(({ score = 0 }) => score),
    );
    expect(compare(a, b).interval?.low).toBeLessThan(plain.interval?.low ?? 0);
  });

  it("takes the clusters of either side", async () => {
    const rows = positions(8).map((row, index) => ({ ...row, cluster: String(index >> 2) }));
    const bare = await evaluateScorer(given([1, 1, 1, 1, 0, 1, 1, 0]), positions(8));
    const clustered = await evaluateScorer(given([0, 0, 0, 0, 0, 0, 0, 0]), rows);
    const { low, high } = clusteredInterval(
      [1, 1, 1, 1, 0, 1, 1, 0],
      rows.map(({ cluster }) => cluster),
    );
    expect(compare(bare, clustered).interval).toEqual({ low, high, level: 0.95 });
    expect(compare(bare, clustered, { level: 0.5 }).interval?.low).toBeGreaterThan(low);
  });

  it("takes rows without a cluster for clusters of their own, and says nothing from one", async () => {
    const scores = [1, 0, 1, 0, 1, 1];
    const compared = (clusters: readonly (string | undefined)[]) =>
      Promise.all(
        [scores, Array<number>(6).fill(0)].map((each) =>
          evaluateScorer(
            given(each),
            positions(6).map((row, index) => ({ ...row, cluster: clusters[index] })),
          ),
        ),
      ).then(([a, b]) => (a && b ? compare(a, b).interval : undefined));
    const { low, high } = clusteredInterval(scores, ["0", "0", "c", "d", "e", "f"]);
    expect(await compared(["0", "0"])).toEqual({ low, high, level: 0.95 });
    expect(await compared(Array(6).fill("only"))).toBeUndefined();
  });

  it("refuses what cannot be compared", async () => {
    expect(() => compare([1, 2], [1])).toThrow("equally long, got 2 and 1");
    const row = (id: string): Row[] => [{ id, output: 0, expected: undefined }];
    const [a, b] = await Promise.all([
      evaluateScorer(given([1]), row("a")),
      evaluateScorer(given([1]), row("b")),
    ]);
    expect(() => compare(a, b)).toThrow("No row has a score in both evaluations");
  });
});
