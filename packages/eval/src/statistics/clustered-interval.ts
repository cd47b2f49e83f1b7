import { invalidArgument, meanInterval } from "@hyperfunc/core";
import { requireFinite, requireLevel, requireSameLength } from "./checks.js";

export interface ClusteredInterval {
  /** Over all values, so that a cluster counts by its size. */
  readonly mean: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** How many clusters there are. */
  readonly clusters: number;
}

/**
 * The mean of values that come in clusters (questions about one text, repeats of one example) with its cluster-robust
 * standard error and Student t interval.
 *
 * SE = √(C/(C − 1) · Σ_c (Σ_i r_ci)²) / n, over the n values' residuals r = value − mean in C clusters: values of one
 * cluster may depend on each other in any way, those of different clusters not at all. The interval is
 * mean ± t · SE with C − 1 degrees of freedom.
 *
 * Miller writes the sum out as Σ_c Σ_i Σ_j r_ci r_cj / n², without C/(C − 1), and takes the normal quantile. Both are
 * right for many clusters and too narrow for few; the factor and Student's t bring the interval close to its level (still
 * somewhat narrow below about 10 clusters, or where their sizes differ much), and make it the same as `meanInterval`
 * where every value is a cluster of its own. In statsmodels this is OLS on a constant with cov_type="cluster" and its
 * default corrections (use_correction=True, C/(C − 1) · (n − 1)/(n − 1), known as CR1) and use_t=True.
 *
 * Source: Miller (2024), "Adding Error Bars to Evals", arXiv 2411.00640, clustered standard errors; Cameron and Miller
 * (2015), "A Practitioner's Guide to Cluster-Robust Inference", Journal of Human Resources 50, 317–372.
 *
 * @param clusters The cluster of each value; 1 and "1" are different clusters.
 * @param level Confidence between 0 and 1, exclusive. Default 0.95.
 * @throws INVALID_ARGUMENT for fewer than two clusters, lists of different lengths, a value or cluster that is not
 * finite, or a level out of range.
 * @example
 * import { clusteredInterval } from "@hyperfunc/eval";
 * const correct = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1];
 * const text = ["a", "a", "a", "b", "b", "c", "c", "c", "c", "d", "d", "e"];
 * const { mean, standardError, clusters } = clusteredInterval(correct, text);
 * console.log(mean.toFixed(3), standardError.toFixed(3), clusters); // 0.583 0.223 5
 */
export function clusteredInterval(
  values: readonly number[],
  clusters: readonly (string | number)[],
  level = 0.95,
): ClusteredInterval {
  requireSameLength(values, clusters, "Values and their clusters");
  requireFinite(values);
  requireLevel(level);
  const odd = clusters.findIndex((cluster) => typeof cluster !== "string" && !Number.isFinite(cluster));
  if (odd >= 0) {
    throw invalidArgument(
      `A cluster must be a string or a finite number, got ${clusters[odd]} at position ${odd}; give values without one a cluster each.`,
      { position: odd },
    );
  }
  const size = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / size;
  const totals = new Map<string | number, number>();
  values.forEach((value, i) => {
    const cluster = clusters[i] ?? "";
    totals.set(cluster, (totals.get(cluster) ?? 0) + value - mean);
  });
  const count = totals.size;
  // The mean of these has just the standard error above, and count − 1 degrees of freedom.
  const { interval } = meanInterval(
    [...totals.values()].map((total) => (total * count) / size),
    level,
  );
  if (interval === undefined) {
    throw invalidArgument(
      `A clustered interval needs at least two clusters, got ${count}; one cluster says nothing about how clusters differ.`,
    );
  }
  const squares = [...totals.values()].reduce((sum, total) => sum + total ** 2, 0);
  return {
    mean,
    standardError: Math.sqrt((count / (count - 1)) * squares) / size,
    low: mean + interval.low,
    high: mean + interval.high,
    clusters: count,
  };
}
