/** `LoRAWeight`: a weight matrix that evolution strategies perturb by low-rank factors. */
import { HyperfuncError, type HpType, type TensorField } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";

/** `hp` of a `LoRAWeight` without bias. */
export interface WeightValue {
  /** `[outDim, inDim]` */
  readonly weight: tf.Tensor2D;
}

/** `hp` of a `LoRAWeight` with `bias: true`. */
export interface WeightAndBiasValue extends WeightValue {
  /** `[outDim]` */
  readonly bias: tf.Tensor1D;
}

export interface LoRAWeightOptions<Bias extends boolean = boolean> {
  /** Rows of the matrix. */
  readonly outDim: number;
  /** Columns of the matrix. */
  readonly inDim: number;
  /** Rank of the perturbation, at most the smaller side. 1 is enough in practice. Default 1. */
  readonly noiseRank?: number;
  /** Adds a bias of length `outDim`, which starts at zero and is perturbed in full. Default false. */
  readonly bias?: Bias;
  /** Standard deviation of the initial values; 0 starts at zeros. Default `sqrt(2 / (outDim + inDim))`. */
  readonly initStd?: number;
  /** Name of the type in errors and saved programs. Default `"LoRAWeight"`. */
  readonly name?: string;
}

/** A parameter type, with a way to make its value by hand. */
export interface LoRAWeightType<Value extends WeightValue> extends HpType<Value> {
  /**
   * The value of this type from existing tensors, for use with `hyperfunction.fn` and `vmap`.
   *
   * @throws HyperfuncError SHAPE_MISMATCH when a shape is another than the declared one.
   */
  fromTensor(
    ...tensors: Value extends WeightAndBiasValue ? [weight: tf.Tensor, bias: tf.Tensor] : [weight: tf.Tensor]
  ): Value;
}

/**
 * Weight matrices as parameters.
 *
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { hyperfunction } from "@hyperfunc/core";
 * import { LoRAWeight } from "@hyperfunc/es";
 * const Hidden = LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2, bias: true });
 * const hidden = hyperfunction({ name: "hidden", hpType: Hidden }, ({ x }: { x: tf.Tensor2D }, { hp }) =>
 *   tf.relu(tf.matMul(x, hp.weight, false, true).add(hp.bias)),
 * );
 * const y = hidden.fn({ x: tf.ones([1, 2]) }, { hp: Hidden.fromTensor(tf.ones([4, 2]), tf.zeros([4])) });
 */
export const LoRAWeight = {
  /**
   * Declares a matrix `[outDim, inDim]`, with a bias `[outDim]` if asked for.
   *
   * @throws HyperfuncError INVALID_ARGUMENT for sides or ranks that are no positive integers, or a rank above the
   *   smaller side.
   */
  create<const Bias extends boolean = false>(
    options: LoRAWeightOptions<Bias>,
  ): LoRAWeightType<Bias extends true ? WeightAndBiasValue : WeightValue> {
    return createType(options) as LoRAWeightType<Bias extends true ? WeightAndBiasValue : WeightValue>;
  },

  /** The value of a weight without bias, from any matrix `[outDim, inDim]`, batched ones included. */
  fromTensor(weight: tf.Tensor): WeightValue {
    if (weight.rank !== 2) {
      throw new HyperfuncError(
        "SHAPE_MISMATCH",
        `A weight is a matrix, got a tensor of shape [${String(weight.shape)}].`,
      );
    }
    return { weight: weight as tf.Tensor2D };
  },
};

function createType(options: LoRAWeightOptions): LoRAWeightType<WeightValue> {
  const { outDim, inDim, noiseRank = 1, bias = false, name = "LoRAWeight" } = options;
  const { initStd = Math.sqrt(2 / (inDim + outDim)) } = options;
  checkCount("outDim", outDim);
  checkCount("inDim", inDim);
  checkCount("noiseRank", noiseRank);
  if (noiseRank > Math.min(outDim, inDim)) {
    throw invalid(
      `noiseRank ${noiseRank} exceeds the smaller side of a ${outDim} × ${inDim} matrix; use at most ${Math.min(outDim, inDim)}.`,
    );
  }
  if (!Number.isFinite(initStd) || initStd < 0)
    throw invalid(`initStd must be a finite number of at least 0, got ${initStd}.`);
  const weightField: TensorField = {
    kind: "tensor",
    name: "weight",
    shape: [outDim, inDim],
    noiseRank,
    initStd,
  };
  const biasField: TensorField = {
    kind: "tensor",
    name: "bias",
    shape: [outDim],
    noiseRank: undefined,
    initStd: 0,
  };
  const fields = bias ? [weightField, biasField] : [weightField];
  return {
    name,
    fields,
    fixed: {},
    fromTensor: (...tensors: readonly tf.Tensor[]) => {
      const entries = fields.map((field, index) => [field.name, checkShape(field, tensors[index])]);
      return Object.fromEntries(entries) as WeightValue;
    },
  };
}

function checkShape({ name, shape }: TensorField, tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor === undefined) throw invalid(`fromTensor needs a ${name} of shape [${String(shape)}].`);
  if (tf.util.arraysEqual(tensor.shape, [...shape])) return tensor;
  throw new HyperfuncError(
    "SHAPE_MISMATCH",
    `The ${name} has shape [${String(shape)}], got [${String(tensor.shape)}].`,
  );
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw invalid(`${name} must be a positive integer, got ${String(value)}.`);
}

function invalid(message: string): HyperfuncError {
  return new HyperfuncError("INVALID_ARGUMENT", message);
}
