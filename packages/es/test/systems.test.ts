/** Whole systems through the public API: every way of evaluation gives what the plain loop gives. */
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import {
  createRng,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type EvaluationMode,
  type Example,
  type HyperSystem,
} from "@hyperfunc/core";
import {
  accuracy,
  crossEntropy,
  ESHybridSystemOptimizer,
  LoRAWeight,
  tensorMetric,
  useBackend,
  vmapReport,
} from "@hyperfunc/es";

const WIDTH = 6;
const CLASSES = 3;

const encode = hyperfunction(
  {
    name: "encode",
    hpType: LoRAWeight.create({ outDim: 5, inDim: WIDTH, bias: true }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.relu(tf.matMul(x.reshape([1, WIDTH]), hp.weight, false, true).add(hp.bias)),
);
const classify = hyperfunction(
  {
    name: "classify",
    hpType: LoRAWeight.create({ outDim: CLASSES, inDim: 5, bias: true }),
    optimizeHparams: true,
  },
  ({ h }: { h: tf.Tensor }, { hp }) =>
    tf.softmax(tf.matMul(h, hp.weight, false, true).add(hp.bias)).reshape([CLASSES]),
);

type Classifier = HyperSystem<{ x: tf.Tensor }, tf.Tensor>;
type Body = (input: { x: tf.Tensor }) => Promise<tf.Tensor>;

const plain: Body = async ({ x }) => classify({ h: await encode({ x }) });

function classifier(
  body: Body,
  options: { readonly steps?: number; readonly seed?: number } = {},
): Classifier {
  const { steps = 10, seed = 0 } = options;
  const systemOptimizer = new ESHybridSystemOptimizer({
    steps,
    popSize: 8,
    lr: 0.05,
    step: "adam",
    batchSize: 6,
  });
  return hyperSystem({ name: "classifier", hyperfunctions: [encode, classify], systemOptimizer, seed }, body);
}

let data: readonly Example<{ x: tf.Tensor }, number>[] = [];
let tensorsBefore = 0;

beforeAll(async () => {
  await useBackend("wasm");
  const rng = createRng(1, "data");
  data = Array.from({ length: 12 }, (_, index) => {
    const values = Array.from(
      { length: WIDTH },
      (_, at) => rng.normal() + (at % CLASSES === index % CLASSES ? 1 : 0),
    );
    return example({ x: tf.tensor1d(values) }, index % CLASSES);
  });
  await classifier(plain).evaluate(data, accuracy); // stacks the examples once; they stay as long as the data
  tensorsBefore = tf.memory().numTensors;
});

afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

function candidates(system: Classifier, count: number): Record<string, number[]>[] {
  const rng = createRng(2, "candidates");
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(system.getHpState()).map(([name, values]) => [
        name,
        Array.from(values, (value) => value + 0.5 * rng.normal()),
      ]),
    ),
  );
}

async function scores(
  body: Body,
  mode: EvaluationMode,
  chunk?: number,
): Promise<readonly (number | undefined)[]> {
  const system = classifier(body);
  const options = chunk === undefined ? { mode } : { mode, chunk };
  return (await system.evaluatePopulation(candidates(system, 5), data, crossEntropy, options)).scores;
}

function expectClose(actual: readonly (number | undefined)[], wanted: readonly (number | undefined)[]): void {
  expect(actual).toHaveLength(wanted.length);
  actual.forEach((score, index) => {
    expect(score).toBeCloseTo(wanted[index] ?? NaN, 5);
  });
}

const programs: Record<string, Body> = {
  plain,
  "glue of tensors": async ({ x }) => classify({ h: tf.tanh((await encode({ x: x.mul(2) })).add(0.1)) }),
  "parallel calls": async ({ x }) => {
    const [a, b] = await Promise.all([encode({ x }), encode({ x: x.neg() })]);
    return classify({ h: a.sub(b) });
  },
  "a read": async ({ x }) => {
    const h = await encode({ x });
    const [first = 0] = await h.data();
    return classify({ h: h.mul(first > 0.5 ? 1 : 2) });
  },
  "a branch on a value": async ({ x }) => {
    const h = await encode({ x });
    const sum = (await h.sum().data())[0] ?? 0;
    return sum > 1 ? classify({ h }) : classify({ h: await encode({ x: x.neg() }) });
  },
  "a loop whose length depends on a value": async ({ x }) => {
    let h = await encode({ x });
    for (let round = 0; round < 3 && ((await h.max().data())[0] ?? 0) < 2; round++) h = h.mul(1.5);
    return classify({ h });
  },
  "a wait between the calls": async ({ x }) => {
    const h = await encode({ x });
    await new Promise((resolve) => setImmediate(resolve));
    return classify({ h });
  },
};

describe("population evaluation", () => {
  it.each(Object.entries(programs))("%s: the wavefront equals the plain loop", async (_, body) => {
    expectClose(await scores(body, "wavefront"), await scores(body, "loop"));
  });

  it.each(["plain", "glue of tensors", "parallel calls", "a wait between the calls"])(
    "%s: the vectorised run equals the plain loop",
    async (name) => {
      const body = programs[name] ?? plain;
      expectClose(await scores(body, "vectorised"), await scores(body, "loop"));
    },
  );

  it.each<EvaluationMode>(["vectorised", "wavefront", "concurrent"])(
    "%s: no chunking changes a bit",
    async (mode) => {
      const whole = await scores(plain, mode);
      for (const chunk of [1, 2, 3]) expect(await scores(plain, mode, chunk)).toEqual(whole);
    },
  );

  it.each<EvaluationMode>(["vectorised", "wavefront", "concurrent", "loop"])(
    "%s: neither order nor duplication of the candidates changes a bit",
    async (mode) => {
      const system = classifier(plain);
      const some = candidates(system, 4);
      const evaluate = async (chosen: typeof some): Promise<readonly (number | undefined)[]> =>
        (await system.evaluatePopulation(chosen, data, crossEntropy, { mode })).scores;
      const [a, b, c, d] = await evaluate(some);
      expect(await evaluate([...some].reverse())).toEqual([d, c, b, a]);
      expect(await evaluate([...some, ...some.slice(0, 2)])).toEqual([a, b, c, d, a, b]);
    },
  );

  it("is vectorised when the program touches only tensors, and says so", async () => {
    const system = classifier(plain);
    const { mode, reasons } = await system.evaluatePopulation(candidates(system, 3), data, accuracy);
    expect([mode, reasons]).toEqual(["vectorised", {}]);
  });

  it("falls back to the wavefront at a read, with the reason, and remembers", async () => {
    const system = classifier(programs["a read"] ?? plain);
    const first = await system.evaluatePopulation(candidates(system, 3), data, accuracy);
    const second = await system.evaluatePopulation(candidates(system, 3), data, accuracy);
    expect([first.mode, second.mode]).toEqual(["wavefront", "wavefront"]);
    expect(first.reasons.vectorised).toContain("data()");
    expect(second.reasons.vectorised).toBe(first.reasons.vectorised);
  });

  it("notices code that dispatch cannot see, by comparing with the plain loop", async () => {
    let calls = 0;
    const counting: Body = async ({ x }) =>
      classify({ h: (await encode({ x })).mul(calls++ % 2 === 0 ? 1 : 3) });
    const system = classifier(counting);
    const { mode, reasons } = await system.evaluatePopulation(candidates(system, 3), data, crossEntropy);
    expect(mode).not.toBe("vectorised");
    expect(reasons.vectorised).toContain("other results than the plain loop");
  });

  it("refuses a forced way that does not apply", async () => {
    const system = classifier(programs["a read"] ?? plain);
    const forced = system.evaluatePopulation(candidates(system, 2), data, accuracy, { mode: "vectorised" });
    await expect(forced).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
  });

  it("keeps a user's tidy around everything apart from the runs", async () => {
    const system = classifier(plain);
    let pending: Promise<number> | undefined;
    tf.tidy(() => {
      pending = system.evaluate(data, accuracy);
    });
    expect(await pending).toBeGreaterThanOrEqual(0);
  });

  it("judges outputs with an ordinary metric, too", async () => {
    const system = classifier(plain);
    const best = perExample(
      async (output: tf.Tensor, expected: number) => (await output.data())[expected] ?? 0,
    );
    const options = { mode: "vectorised" } as const;
    const vectorised = await system.evaluatePopulation(candidates(system, 3), data, best, options);
    const loop = await system.evaluatePopulation(candidates(system, 3), data, best, { mode: "loop" });
    expectClose(vectorised.scores, loop.scores);
  });

  it("stops at once when the signal aborts, and leaves nothing behind", async () => {
    const interruption = new AbortController();
    const aborting: Body = async ({ x }) => {
      const h = await encode({ x });
      interruption.abort();
      return classify({ h });
    };
    const system = classifier(aborting);
    const run = system.evaluatePopulation(candidates(system, 3), data, accuracy, {
      mode: "wavefront",
      signal: interruption.signal,
    });
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("training", () => {
  it("learns, leaves no tensor and materialises no candidate's matrix", async () => {
    vmapReport({ reset: true });
    const {
      initialScore = 0,
      finalScore = -9,
      mode,
    } = await classifier(plain, { steps: 60 }).optimize(data, crossEntropy);
    expect(mode).toBe("vectorised");
    expect(finalScore).toBeGreaterThan(initialScore + 0.3);
    expect(vmapReport().materialised).toBe(0);
  });

  it("gives the same bits on another run with the same seeds", async () => {
    const [one, other] = [classifier(plain), classifier(plain)];
    await one.optimize(data, crossEntropy);
    await other.optimize(data, crossEntropy);
    expect(one.getHpState()).toEqual(other.getHpState());
  });

  it("lets several systems share hyperfunctions and train at the same time", async () => {
    const alone = classifier(plain, { seed: 1 });
    await alone.optimize(data, crossEntropy);
    const together = [
      classifier(plain, { seed: 1 }),
      classifier(plain, { seed: 2 }),
      classifier(plain, { seed: 1 }),
    ] as const;
    await Promise.all(together.map((system) => system.optimize(data, crossEntropy)));
    expect(together[0].getHpState()).toEqual(alone.getHpState());
    expect(together[2].getHpState()).toEqual(alone.getHpState());
    expect(together[1].getHpState()).not.toEqual(alone.getHpState());
  });

  it("trains a threshold that reaches the program as a tensor", async () => {
    const Gate = defineHpType({
      name: "Gate",
      tensor: true,
      fields: { threshold: { default: 0.5, min: 0, max: 1 } },
    });
    const gate = hyperfunction(
      { name: "gate", hpType: Gate, optimizeHparams: true },
      ({ x }: { x: tf.Tensor }, { hp }) => tf.greater(x, hp.threshold).toFloat(),
    );
    const systemOptimizer = new ESHybridSystemOptimizer({ steps: 40, popSize: 16, sigma: 0.1, lr: 0.05 });
    const system = hyperSystem({ name: "gates", systemOptimizer }, (input: { x: tf.Tensor }) => gate(input));
    const points = Array.from({ length: 20 }, (_, index) =>
      example({ x: tf.scalar(index / 20) }, index / 20 > 0.8 ? 1 : 0),
    );
    const right = tensorMetric((output, expected) => tf.equal(output, expected).toFloat());
    const { finalScore, mode } = await system.optimize(points, right);
    expect([mode, finalScore]).toEqual(["vectorised", 1]);
    for (const { inputs } of points) inputs.x.dispose();
    tensorsBefore = tf.memory().numTensors;
  });
});

describe("a measurement", () => {
  it("has an interval and a score per example, also when the metric judged a batch", async () => {
    const { scores, interval, mode } = await measuredBatch();
    expect(mode).toBe("vectorised");
    expect(scores).toHaveLength(data.length);
    expect(interval?.low).toBeLessThan(interval?.high ?? -1);
  });

  it("is refused when the program fails on everything, instead of scored the worst", async () => {
    const broken = classifier(async ({ x }) => classify({ h: x }));
    await expect(broken.evaluate(data, accuracy)).rejects.toThrow("failed on every one of 12 examples");
    await expect(broken.optimize(data, crossEntropy)).rejects.toThrow("failed on every one of 12 examples");
  });
});

async function measuredBatch(): Promise<{
  scores: unknown;
  interval: { low: number; high: number } | undefined;
  mode: string;
}> {
  const { validation, mode = "" } = await classifier(plain, { steps: 20 }).optimize(data, crossEntropy, {
    validation: data,
  });
  const { scores, outputs } = await classifier(plain).evaluateDetailed(data, crossEntropy);
  for (const output of outputs) output?.dispose();
  return { scores, interval: validation?.interval, mode };
}

describe("a direct run", () => {
  it("uses the current weights and gives the caller its output", async () => {
    const system = classifier(plain);
    const output = await system.run({ x: data[0]?.inputs.x ?? tf.zeros([WIDTH]) });
    expect(output.shape).toEqual([CLASSES]);
    output.dispose();
  });

  it("gives the caller the outputs of a detailed evaluation", async () => {
    const { outputs } = await classifier(plain).evaluateDetailed(data, accuracy);
    expect(outputs).toHaveLength(data.length);
    for (const output of outputs) output?.dispose();
  });
});
