/**
 * Student's t distribution, from the regularised incomplete beta function (Abramowitz and Stegun 26.5.27, 26.7.1;
 * continued fraction 26.5.8 by Lentz's method).
 */

/**
 * Probability of a value further from 0 than `t` on either side.
 */
export function studentTwoSidedP(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  const total = degreesOfFreedom + square;
  return incompleteBeta(degreesOfFreedom / total, square / total, degreesOfFreedom / 2, 0.5);
}

/**
 * The `t` that the distribution stays within, on both sides of 0, with probability `level` (between 0 and 1, exclusive).
 * Accurate to 1e-9 relative.
 */
export function studentTwoSidedQuantile(level: number, degreesOfFreedom: number): number {
  const outside = 1 - level;
  let low = 0;
  let high = 1;
  while (studentTwoSidedP(high, degreesOfFreedom) > outside) {
    low = high;
    high *= 2;
  }
  // The tail probability falls strictly, so halving cannot go wrong, and 60 halvings exhaust a float64.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentTwoSidedP(middle, degreesOfFreedom) > outside) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b); `rest` is 1 - x, given apart because the subtraction would cancel near 1. */
function incompleteBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log(rest) + logGamma(a + b) - logGamma(a) - logGamma(b));
  // The fraction converges fast below the mean; above it, the complement does.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(rest, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

/** Lanczos' approximation with g = 7 and 9 terms, for positive arguments; relative error below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const x = z - 1;
  const sum = LANCZOS.reduce(
    (total, coefficient, k) => (k === 0 ? coefficient : total + coefficient / (x + k)),
    0,
  );
  const base = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(base) - base + Math.log(sum);
}
