/** The standard normal distribution. */

const SPLIT = 3;
const TERMS = 120;

/**
 * Φ(x), the probability of a value up to `x`, with a relative error below 1e-12 also far in the lower tail.
 *
 * Near 0 by ½ + φ(x) · Σ x^(2k+1) / (2k+1)!! (Abramowitz and Stegun 26.2.11), further out by Laplace's continued
 * fraction 1 − Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))) (26.2.14).
 */
export function normalCdf(x: number): number {
  if (x > SPLIT) return 1 - upperTail(x);
  if (x < -SPLIT) return upperTail(-x);
  let term = x;
  let sum = x;
  for (let k = 1; k < TERMS; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

/** 1 − Φ(x) for x above `SPLIT`, where 120 levels of the fraction suffice. */
function upperTail(x: number): number {
  if (x === Infinity) return 0;
  let fraction = x;
  for (let k = TERMS; k >= 1; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Φ⁻¹(p), the value that a standard normal draw stays below with probability `p`: −∞ at 0, ∞ at 1, NaN outside.
 *
 * Relative error about 1e-16 (Wichura 1988, Algorithm AS 241, PPND16; Applied Statistics 37, 477–484).
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) return centred * ratio(CENTRE, 0.180625 - centred * centred);
  const outside = Math.min(p, 1 - p);
  if (outside === 0) return centred < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-Math.log(outside));
  const distance = r <= 5 ? ratio(TAIL, r - 1.6) : ratio(FAR_TAIL, r - 5);
  return centred < 0 ? -distance : distance;
}

interface Rational {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/** Coefficients by rising power. */
const CENTRE: Rational = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};
const TAIL: Rational = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};
const FAR_TAIL: Rational = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

function ratio({ above, below }: Rational, x: number): number {
  return polynomial(above, x) / polynomial(below, x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
