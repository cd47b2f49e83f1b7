/**
 * The product of a tensor with a low-rank matrix per element, waiting for the bias and the activation that usually follow,
 * so that a whole layer is one pass over memory instead of four.
 *
 * Nothing is computed before its values are needed. A product that is continued in two ways is computed before the
 * second, so that the large product is never computed more than twice.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "../backend/wasm/native/low-rank.js";
import { LazyTensor } from "./lazy-tensor.js";
import { layer } from "./low-rank-matmul.js";
import type { LowRankMatrix } from "./low-rank-matrix.js";

/** What is computed when somebody asks; shared by views of other shapes. */
class Pending {
  references = 1;
  /** Something else was built on it. */
  continued = false;
  #values: tf.Tensor | undefined;

  constructor(
    /** `[m, rows]`, or `[size, m, rows]`; owned. */
    readonly x: tf.Tensor,
    /** Owned reference. */
    readonly matrix: LowRankMatrix,
    /** `[columns]` or `[size, columns]`; owned. */
    readonly bias: tf.Tensor | undefined,
    readonly activation: Activation,
  ) {}

  get isComputed(): boolean {
    return this.#values !== undefined;
  }

  /** `[size, m, columns]` */
  values(): tf.Tensor {
    return (this.#values ??= tf.keep(tf.tidy(() => layer(this.x, this.matrix, this.bias, this.activation))));
  }

  release(): void {
    if (--this.references > 0) return;
    this.matrix.release();
    tf.dispose([this.x, this.bias ?? [], this.#values ?? []]);
  }
}

export class LowRankProduct extends LazyTensor {
  readonly #pending: Pending;
  readonly #views: tf.Tensor[] = [];

  private constructor(
    override readonly shape: readonly number[],
    pending: Pending,
  ) {
    super();
    this.#pending = pending;
  }

  /** `x · matrix` of one element has `shape`; retains both. */
  static of(x: tf.Tensor, matrix: LowRankMatrix, shape: readonly number[]): LowRankProduct {
    return new LowRankProduct(shape, new Pending(own(x), matrix.retain(), undefined, "none"));
  }

  override values(): tf.Tensor {
    const [known] = this.#views;
    if (known !== undefined) return known;
    const values = this.#pending.values();
    const view = tf.keep(tf.reshape(values, [values.shape[0] ?? 1, ...this.shape]));
    this.#views.push(view);
    return view;
  }

  /** The same product with other axes in front of its columns. */
  override reshape(shape: readonly number[]): LowRankProduct | undefined {
    if (shape.length === 0 || shape.at(-1) !== this.shape.at(-1)) return undefined;
    this.#pending.references++;
    return new LowRankProduct(shape, this.#pending);
  }

  /** With a bias `[columns]`, or `[size, columns]`, that it retains; undefined where it comes too late. */
  withBias(bias: tf.Tensor): LowRankProduct | undefined {
    const { activation, bias: earlier } = this.#pending;
    return activation === "none" && earlier === undefined ? this.#continue(bias, activation) : undefined;
  }

  /** With an activation behind it; undefined where it has one. */
  withActivation(activation: Activation): LowRankProduct | undefined {
    const { activation: earlier, bias } = this.#pending;
    return earlier === "none" ? this.#continue(bias, activation) : undefined;
  }

  #continue(bias: tf.Tensor | undefined, activation: Activation): LowRankProduct | undefined {
    const pending = this.#pending;
    if (pending.isComputed || pending.continued) return undefined;
    pending.continued = true;
    const { x, matrix } = pending;
    const next = new Pending(own(x), matrix.retain(), bias && own(bias), activation);
    return new LowRankProduct(this.shape, next);
  }

  override release(): void {
    tf.dispose(this.#views);
    this.#pending.release();
  }
}

/** Another tensor of the same values that nobody else disposes. */
function own(tensor: tf.Tensor): tf.Tensor {
  return tf.keep(tf.reshape(tensor, tensor.shape));
}
