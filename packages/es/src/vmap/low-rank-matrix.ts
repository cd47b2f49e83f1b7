/**
 * A matrix per element of a batch that exists only in factors: `base + left[p] · right[p]ᵀ`.
 *
 * This is how EGGROLL perturbs weights (Sarkar et al., 2025, arXiv:2511.16652): thousands of perturbed matrices cost
 * one base matrix and `size · (rows + columns) · rank` numbers. Transposing gives another view of the same factors.
 */
import * as tf from "@tensorflow/tfjs-core";
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

export class LowRankMatrix {
  readonly #factors: Factors;
  readonly #transposed: boolean;

  private constructor(factors: Factors, transposed: boolean) {
    this.#factors = factors;
    this.#transposed = transposed;
  }

  /** Takes over `base [rows, columns]`, `left [size, rows, rank]` and `right [size, columns, rank]`. */
  static of(base: tf.Tensor, left: tf.Tensor, right: tf.Tensor): LowRankMatrix {
    const own = (tensor: tf.Tensor): tf.Tensor => tf.keep(tensor.kept ? tf.clone(tensor) : tensor);
    return new LowRankMatrix(new Factors(own(base), own(left), own(right)), false);
  }

  /** `[rows, columns]` of this view. */
  get shape(): readonly number[] {
    const { shape } = this.#factors.base;
    return this.#transposed ? shape.toReversed() : shape;
  }

  /** The shared part, `[rows, columns]`. */
  get base(): tf.Tensor {
    const { base } = this.#factors;
    return this.#transposed ? this.#factors.derive("baseᵀ", () => tf.transpose(base)) : base;
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
    this.#factors.references++;
    return new LowRankMatrix(this.#factors, !this.#transposed);
  }

  /** Another reference to the same matrices. */
  retain(): LowRankMatrix {
    this.#factors.references++;
    return this;
  }

  release(): void {
    this.#factors.release();
  }

  /** All matrices, `[size, rows, columns]`, computed at most once; borrowed. */
  dense(): tf.Tensor {
    const { base, left, right } = this.#factors;
    const dense = this.#factors.derive("dense", () => {
      countMaterialised();
      return tf.add(tf.matMul(left, right, false, true), base);
    });
    return this.#transposed ? this.#factors.derive("denseᵀ", () => tf.transpose(dense, [0, 2, 1])) : dense;
  }
}
