/** How close the stages of a forward pass come to the machine's limits. */
import * as tf from "@tensorflow/tfjs-core";
import type { MachineLimits } from "./machine-limits.js";
import { CANDIDATES, EXAMPLES } from "./forward.js";
import { CLASSES } from "./mlp.js";
import { timeTogether } from "./timing.js";

export interface Stage {
  readonly what: string;
  readonly bestMs: number;
  /** Of the machine's multiply-add rate. */
  readonly computeShare: number;
  /** Of the machine's memory bandwidth. */
  readonly memoryShare: number;
}

/** Float32 operations and the bytes that must be read or written at least once. */
interface Work {
  readonly operations: number;
  readonly bytes: number;
  readonly run: () => tf.Tensor;
}

export async function stages(width: number, limits: MachineLimits, ms: number): Promise<Stage[]> {
  const rows = CANDIDATES * EXAMPLES;
  const normal = (...shape: number[]): tf.Tensor => tf.keep(tf.randomNormal(shape));
  const layer = (x: tf.Tensor, out: number): (() => tf.Tensor) => {
    const inputs = {
      x,
      base: normal(out, width),
      rowFactors: normal(CANDIDATES, width, 1),
      columnFactors: normal(CANDIDATES, out, 1),
      bias: normal(CANDIDATES, out),
    };
    const attributes = { transposed: true, activation: "relu" };
    return () => tf.engine().runKernel<tf.Tensor>("HyperfuncLowRankMatMul", inputs, attributes);
  };
  const [x, hidden, large] = [
    normal(EXAMPLES, width),
    normal(CANDIDATES, EXAMPLES, width),
    normal(rows, width),
  ];
  const [square, logits] = [normal(width, width), normal(rows, CLASSES)];
  const float = 4;
  const work: Readonly<Record<string, Work>> = {
    [`first layer, ${width} → ${width}, input shared by the candidates`]: {
      operations: 2 * (EXAMPLES * width * width + rows * 2 * width) + 2 * rows * width,
      bytes: float * (rows * width + width * width),
      run: layer(x, width),
    },
    [`last layer, ${width} → ${CLASSES}`]: {
      operations: 2 * rows * (width * CLASSES + width + CLASSES) + 2 * rows * CLASSES,
      bytes: float * rows * (width + CLASSES),
      run: layer(hidden, CLASSES),
    },
    [`a layer between, ${width} → ${width}`]: {
      operations: 2 * rows * (width * width + 2 * width) + 2 * rows * width,
      bytes: float * (2 * rows * width + width * width),
      run: layer(hidden, width),
    },
    [`plain product ${rows} × ${width} × ${width}`]: {
      operations: 2 * rows * width * width,
      bytes: float * (2 * rows * width + width * width),
      run: () => tf.matMul(large, square),
    },
    // An exponential counts as the 20 operations of its polynomial.
    [`softmax of ${rows} rows of ${CLASSES}`]: {
      operations: 22 * rows * CLASSES,
      bytes: 2 * float * rows * CLASSES,
      run: () => tf.softmax(logits),
    },
  };
  const tasks = Object.fromEntries(
    Object.entries(work).map(([what, { run }]) => [what, () => Promise.resolve(run().dispose())] as const),
  );
  const times = await timeTogether(tasks, ms);
  return Object.entries(work).map(([what, { operations, bytes }]) => {
    const bestMs = times[what]?.best ?? NaN;
    return {
      what,
      bestMs,
      computeShare: operations / (bestMs / 1000) / (limits.gflops * 1e9),
      memoryShare: bytes / (bestMs / 1000) / (limits.streamGBs * 1e9),
    };
  });
}
