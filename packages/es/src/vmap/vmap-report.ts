/** What batching could not do well: kernels without a rule, and low-rank matrices that had to be materialised. */

export interface VmapReport {
  /** Calls by kernel name that were executed element by element. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Low-rank matrices that were computed in full, because an operation had no form in factors. */
  readonly materialised: number;
}

const fallbacks = new Map<string, number>();
let materialised = 0;

export function countFallback(kernel: string): void {
  fallbacks.set(kernel, (fallbacks.get(kernel) ?? 0) + 1);
}

export function countMaterialised(): void {
  materialised++;
}

/**
 * What has been executed slowly inside batched functions in this process so far.
 *
 * @param options.reset Starts counting anew after this report. Default false.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { vmap, vmapReport } from "@hyperfunc/es";
 * vmapReport({ reset: true });
 * vmap((x: tf.Tensor) => tf.relu(x))(tf.ones([2, 3]));
 * console.log(vmapReport()); // { fallbacks: {}, materialised: 0 }
 */
export function vmapReport(options: { readonly reset?: boolean } = {}): VmapReport {
  const report = { fallbacks: Object.fromEntries(fallbacks), materialised };
  if (options.reset === true) {
    fallbacks.clear();
    materialised = 0;
  }
  return report;
}
