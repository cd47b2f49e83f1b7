/**
 * A matrix per element of a batch that exists only in factors: `base + left[p] · right[p]ᵀ`.
 *
 * This is how EGGROLL perturbs weights (Sarkar et al., 2025, arXiv:2511.16652): thousands of perturbed matrices cost
 * one base matrix and `size · (rows + columns) · rank` numbers. Transposing gives another view of the same factors.
 */
import * as tf from "@tensorflow/tfjs-core";
import { LazyTensor } from "./lazy-tensor.js";
import { countMaterialised } from "./vmap-report.js";

/** Factors shared by a matrix and its transposed views; disposed with the last of them. */
class Factors {
  references = 1;
  readonly #derived = new Map<string, tf.Tensor>();

  constructor(
    readonly base: tf.Tensor,
    readonly left: tf.Tensor,
    readonly right: tf.Tensor,
  ) {}

  /** Computes something from the factors once and keeps it as long as they live. */
  derive(name: string, compute: () => tf.Tensor): tf.Tensor {
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const made = tf.keep(tf.tidy(compute));
    this.#derived.set(name, made);
    return made;
  }

  release(): void {
    if (--this.references > 0) return;
    tf.dispose([this.base, this.left, this.right, ...this.#derived.values()]);
  }
}

export class LowRankMatrix extends LazyTensor {
  readonly #factors: Factors;
  readonly #transposed: boolean;
  /** Axes of length 1 in front of rows and columns; some operations add and remove them. */
  readonly #leading: number;

  private constructor(factors: Factors, transposed: boolean, leading: number) {
    super();
    this.#factors = factors;
    this.#transposed = transposed;
    this.#leading = leading;
  }

  /** Takes over `base [rows, columns]`, `left [size, rows, rank]` and `right [size, columns, rank]`. */
  static of(base: tf.Tensor, left: tf.Tensor, right: tf.Tensor): LowRankMatrix {
    const own = (tensor: tf.Tensor): tf.Tensor =>
      tf.keep(tensor.kept ? tf.reshape(tensor, tensor.shape) : tensor);
    return new LowRankMatrix(new Factors(own(base), own(left), own(right)), false, 0);
  }

  /** `[rows, columns]` of this view. */
  get sides(): readonly [rows: number, columns: number] {
    const [rows = 1, columns = 1] = this.#factors.base.shape;
    return this.#transposed ? [columns, rows] : [rows, columns];
  }

  /** `[rows, columns]`, with leading axes of length 1 if the view has them. */
  override get shape(): readonly number[] {
    return [...Array.from({ length: this.#leading }, () => 1), ...this.sides];
  }

  /** The shared part, `[rows, columns]`. */
  get base(): tf.Tensor {
    const { base } = this.#factors;
    return this.#transposed ? this.#factors.derive("baseᵀ", () => tf.transpose(base)) : base;
  }

  /** The shared part as it lies in memory: `[rows, columns]`, or `[columns, rows]` when the view is transposed. */
  get stored(): { readonly base: tf.Tensor; readonly transposed: boolean } {
    return { base: this.#factors.base, transposed: this.#transposed };
  }

  /** `[size, rows, rank]` */
  get rowFactors(): tf.Tensor {
    return this.#transposed ? this.#factors.right : this.#factors.left;
  }

  /** `[size, columns, rank]` */
  get columnFactors(): tf.Tensor {
    return this.#transposed ? this.#factors.left : this.#factors.right;
  }

  /** The same factors seen as the transposed matrices; a reference of its own. */
  transpose(): LowRankMatrix {
    return this.#view(!this.#transposed, 0);
  }

  /** The same matrices with other leading axes of length 1. */
  override reshape(shape: readonly number[]): LowRankMatrix | undefined {
    const leading = shape.length - 2;
    const same = tf.util.arraysEqual(shape.slice(-2), [...this.sides]);
    return same && shape.slice(0, -2).every((side) => side === 1)
      ? this.#view(this.#transposed, leading)
      : undefined;
  }

  #view(transposed: boolean, leading: number): LowRankMatrix {
    this.#factors.references++;
    return new LowRankMatrix(this.#factors, transposed, leading);
  }

  /** Another reference to the same matrices. */
  retain(): LowRankMatrix {
    this.#factors.references++;
    return this;
  }

  override release(): void {
    this.#factors.release();
  }

  /** All matrices in full. */
  override values(): tf.Tensor {
    const factors = this.#factors;
    const { base, left, right } = factors;
    const upright = factors.derive("dense", () => {
      countMaterialised();
      return tf.add(tf.matMul(left, right, false, true), base);
    });
    const dense = this.#transposed
      ? factors.derive("denseᵀ", () => tf.transpose(upright, [0, 2, 1]))
      : upright;
    if (this.#leading === 0) return dense;
    const shape = [left.shape[0] ?? 1, ...this.shape];
    return factors.derive(`dense [${String(shape)}]`, () => tf.reshape(dense, shape));
  }
}
