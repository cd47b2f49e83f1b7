/** Kernels on a memory of their own, with arrays put in and read back. */
import { instantiateKernels, type KernelSet, type Kernels } from "../../src/kernels/kernels.js";

const PAGES = 256;

export class KernelMemory {
  readonly kernels: Kernels;
  readonly #memory = new WebAssembly.Memory({ initial: PAGES });
  #top = 64;

  private constructor(set: KernelSet) {
    const kernels = instantiateKernels(set, this.#memory);
    if (kernels === undefined) throw new Error(`This machine cannot run the ${set} build.`);
    this.kernels = kernels;
  }

  /** Undefined where the machine cannot run the build. */
  static of(set: KernelSet): KernelMemory | undefined {
    try {
      return new KernelMemory(set);
    } catch {
      return undefined;
    }
  }

  /** Forgets all arrays. */
  reset(): this {
    this.#top = 64;
    return this;
  }

  /** Room for some floats, full of NaN so that what a kernel leaves out shows; every second array is not aligned. */
  room(size: number): number {
    const at = this.#top;
    this.#top += 4 * (size + 1);
    new Float32Array(this.#memory.buffer, at, size + 1).fill(NaN);
    return at;
  }

  put(values: ArrayLike<number>): number {
    const at = this.room(values.length);
    new Float32Array(this.#memory.buffer, at, values.length).set(values);
    return at;
  }

  get(at: number, size: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, size).slice();
  }

  /** True when nothing was written right behind an array. */
  isIntactBehind(at: number, size: number): boolean {
    return Number.isNaN(new Float32Array(this.#memory.buffer, at, size + 1)[size]);
  }
}
