/** Registers tfjs as core's tensor engine. Importing the package does it. */
import { registerTensorEngine, type TensorEngine } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { backendInfo, readyBackend } from "../backend/use-backend.js";
import { OwnedTensors, detached } from "../lifetime/owned-tensors.js";
import { agree } from "./agreement.js";
import { TensorPopulation } from "./population-session.js";

export const tfjsTensorEngine: TensorEngine = {
  name: "tfjs",
  ready: readyBackend,
  signature() {
    const { name, kernels, build } = backendInfo();
    return [name, kernels, build ?? []].flat().join("/");
  },
  isTensor: (value) => value instanceof tf.Tensor,
  bytes: () => tf.memory().numBytes,
  openScope: (parent) => new OwnedTensors(parent),
  detached,
  hpTensor(field, values) {
    const shape = field.kind === "tensor" ? [...field.shape] : [];
    return tf.tensor(Float32Array.from(values), shape, "float32");
  },
  openPopulation: (population, layouts, inputs) => new TensorPopulation(population, layouts, inputs),
  agrees: agree,
};

registerTensorEngine(tfjsTensorEngine);
