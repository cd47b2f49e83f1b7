/** Kernels that cannot be batched, because no single shape fits the results of all elements. */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import { batched, type RuleEntry } from "./rule.js";

/** Kernels by the operation that a user has called. */
const BY_VALUES: Readonly<Record<string, string>> = {
  [tf.NonMaxSuppressionV3]: "tf.image.nonMaxSuppression",
  [tf.NonMaxSuppressionV5]: "tf.image.nonMaxSuppressionWithScore",
  [tf.RaggedGather]: "tf.raggedGather",
  [tf.RaggedRange]: "tf.raggedRange",
  [tf.SparseFillEmptyRows]: "tf.sparse.sparseFillEmptyRows",
  [tf.StringNGrams]: "tf.string.stringNGrams",
  [tf.StringSplit]: "tf.string.stringSplit",
  [tf.Unique]: "tf.unique",
};

const REMEDY =
  "the shape of its result depends on values; compute with a fixed shape and a mask, or outside of the batch.";

export const refusedRules: RuleEntry[] = [
  ...Object.entries(BY_VALUES).flatMap(([kernel, operation]) =>
    batched<object, object>([kernel], (call) => {
      throw call.axis.refuse(operation, REMEDY);
    }),
  ),
  ...batched<tf.NonMaxSuppressionV4Inputs, tf.NonMaxSuppressionV4Attrs>([tf.NonMaxSuppressionV4], (call) => {
    if (call.attributes.padToMaxOutputSize) return loop(call);
    throw call.axis.refuse("tf.image.nonMaxSuppressionPadded without padding", REMEDY);
  }),
];
