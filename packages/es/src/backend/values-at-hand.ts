import type * as tf from "@tensorflow/tfjs-core";
import { tfjsEngine } from "./tfjs-engine.js";
import { isOnlyOnDevice } from "./webgpu/reads.js";

/** The values of a tensor of numbers or truth values; undefined when one has to wait for them. */
export function valuesAtHand(tensor: tf.Tensor): tf.DataTypeMap["float32" | "int32" | "bool"] | undefined {
  const owner = tfjsEngine.state.tensorInfo.get(tensor.dataId)?.backend;
  return isOnlyOnDevice(owner, tensor.dataId) ? undefined : tensor.dataSync();
}
