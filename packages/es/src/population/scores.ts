/** Scores of all candidates, one per example where the metric judges single ones, computed from the batched output without taking it apart. */
import { innerOf, wrap } from "../vmap/batched-tensor.js";
import { repeat } from "../vmap/kernel-call.js";
import { mapTensors } from "../vmap/tensor-tree.js";
import type { BatchedMetric } from "./batched-metric.js";
import type { Frame } from "./frame.js";
import type { Workshop } from "./workshop.js";

export async function batchedScores(
  frame: Frame,
  workshop: Workshop,
  metric: BatchedMetric<unknown>,
  output: unknown,
  expected: readonly unknown[],
): Promise<readonly Float64Array[]> {
  const refusals = frame.refusals;
  // The metric relies on the examples' axis, so an output that is the same for all of them gets it as well.
  const scores = workshop.compute(() => {
    const complete = mapTensors(output, (tensor) =>
      innerOf(tensor, frame.columns) === undefined
        ? wrap(frame.columns, repeat(tensor, frame.columns.size))
        : tensor,
    );
    return frame.unwrap(metric(complete, expected)); // [candidates or 1, examples or 1, ...shape]
  });
  try {
    const values = await scores.data();
    if (frame.refusals > refusals && frame.lastRefusal !== undefined) throw frame.lastRefusal;
    const perCandidate = values.length / (scores.shape[0] ?? 1);
    return Array.from({ length: frame.candidates.size }, (_, candidate) => {
      const first = scores.shape[0] === 1 ? 0 : candidate * perCandidate;
      return new Float64Array(values.subarray(first, first + perCandidate));
    });
  } finally {
    scores.dispose();
  }
}
