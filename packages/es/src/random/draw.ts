/** Random tensors from a source of core: from the source of a run, or from those of all runs of a batch. */
import { BatchedRng, HyperfuncError, rngKey, type Rng, type RngKey } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { Placement } from "../population/placement.js";

/** Fills an array with draws under a key. */
export type Fill = (out: Float32Array, key: RngKey) => void;

/** A tensor takes one draw from its source, however large it is, and fills itself from the key that this makes. */
export function draw(shape: readonly number[], rng: Rng, fill: Fill): tf.Tensor {
  checkShape(shape);
  const size = tf.util.sizeFromShape([...shape]);
  const valuesOf = (source: Rng): Float32Array => {
    const values = new Float32Array(size);
    fill(values, rngKey(source.int(0, Number.MAX_SAFE_INTEGER)));
    return values;
  };
  if (!(rng instanceof BatchedRng)) return tf.tensor(valuesOf(rng), [...shape], "float32");
  const { layout, sources } = rng;
  if (!(layout instanceof Placement)) {
    throw new HyperfuncError("NOT_VECTORISABLE", "The batch was made by another tensor engine.");
  }
  return layout.spread(
    sources.map(({ source }) => source),
    shape,
    valuesOf,
  );
}

function checkShape(shape: readonly number[]): void {
  if (shape.every((side) => Number.isInteger(side) && side >= 0)) return;
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `A shape has sides that are integers and not negative, got [${String(shape)}].`,
  );
}
