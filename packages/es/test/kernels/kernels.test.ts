/** Every kernel, in both builds, against float64 arithmetic written out. */
import { describe, expect, it } from "@jest/globals";
import { createRng, fillNormals, rngKey } from "@hyperfunc/core";
import fc from "fast-check";
import type { KernelSet } from "../../src/kernels/kernels.js";
import { KernelMemory } from "./kernel-memory.js";

/** Float32 rounding of one operation. */
const EPSILON = 2 ** -24;

function normals(size: number, seed: number): Float32Array {
  const values = new Float32Array(size);
  fillNormals(values, rngKey(seed, "kernels"), 0);
  return values;
}

/** `[m, k] · [k, n]` in float64, and the sum of magnitudes that bounds its rounding errors. */
function product(
  x: Float32Array,
  y: Float32Array,
  [m, k, n]: readonly [number, number, number],
  transposed: boolean,
): { readonly values: Float64Array; readonly magnitudes: Float64Array } {
  const values = new Float64Array(m * n);
  const magnitudes = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) {
        const term = (x[i * k + p] ?? 0) * (y[transposed ? j * k + p : p * n + j] ?? 0);
        values[i * n + j] = (values[i * n + j] ?? 0) + term;
        magnitudes[i * n + j] = (magnitudes[i * n + j] ?? 0) + Math.abs(term);
      }
    }
  }
  return { values, magnitudes };
}

/** The worst error in units of rounding that theory allows for, `k * epsilon * sum |terms|`. */
function worst(actual: Float32Array, expected: Float64Array, magnitudes: Float64Array, k: number): number {
  return actual.reduce((most, value, i) => {
    const allowed = k * EPSILON * (magnitudes[i] ?? 0) + 1e-30;
    const error = Math.abs(value - (expected[i] ?? 0)) / allowed;
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
}

/** Distance in float32 numbers between a result and the exact value. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || actual === rounded) return 0;
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) return Infinity;
  const spacing = Math.max(2 ** (Math.floor(Math.log2(Math.abs(rounded))) - 23), 2 ** -149);
  return Math.abs(actual - exact) / spacing;
}

const builds = (["simd", "relaxed-simd"] as const).flatMap((set): [KernelSet, KernelMemory][] => {
  const memory = KernelMemory.of(set);
  return memory === undefined ? [] : [[set, memory]];
});

it("has a build for every machine", () => {
  expect(builds[0]?.[0]).toBe("simd");
});

describe.each(builds)("the %s build", (_set, memory) => {
  const { kernels } = memory;
  const side = fc.integer({ min: 1, max: 19 });
  const depth = fc.oneof(
    fc.constant(1),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom(511, 512, 513, 1030),
  );

  it("multiplies batches of matrices of any shape, either operand shared, the right one transposed or not", () => {
    fc.assert(
      fc.property(
        fc.record({
          m: side,
          k: depth,
          n: side,
          batch: fc.integer({ min: 1, max: 3 }),
          ownX: fc.boolean(),
          ownY: fc.boolean(),
        }),
        fc.boolean(),
        fc.nat(),
        ({ m, k, n, batch, ownX, ownY }, transposed, seed) => {
          const x = normals((ownX ? batch : 1) * m * k, seed);
          const y = normals((ownY ? batch : 1) * k * n, seed + 1);
          memory.reset();
          const [at, by] = [memory.put(x), memory.put(y)];
          const result = memory.room(batch * m * n);
          const packed = memory.room(kernels.packedSize(k, n));
          kernels.batchedMatMul(
            at,
            ownX ? m * k : 0,
            by,
            ownY ? k * n : 0,
            result,
            packed,
            batch,
            m,
            k,
            n,
            transposed,
          );
          for (let p = 0; p < batch; p++) {
            const left = x.subarray(ownX ? p * m * k : 0).subarray(0, m * k);
            const right = y.subarray(ownY ? p * k * n : 0).subarray(0, k * n);
            const { values, magnitudes } = product(left, right, [m, k, n], transposed);
            const actual = memory.get(result + 4 * p * m * n, m * n);
            expect(worst(actual, values, magnitudes, k)).toBeLessThanOrEqual(1);
          }
          expect(memory.isIntactBehind(result, batch * m * n)).toBe(true);
          expect(memory.isIntactBehind(packed, kernels.packedSize(k, n))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("gives a row the same bits whichever rows it is multiplied with", () => {
    const [m, k, n] = [131, 600, 29];
    const x = normals(m * k, 1);
    const y = normals(k * n, 2);
    const rows = (from: number, count: number): Float32Array => {
      memory.reset();
      const [at, by] = [memory.put(x.subarray(from * k, (from + count) * k)), memory.put(y)];
      const result = memory.room(count * n);
      const packed = memory.room(kernels.packedSize(k, n));
      kernels.batchedMatMul(at, 0, by, 0, result, packed, 1, count, k, n, false);
      return memory.get(result, count * n);
    };
    const all = rows(0, m);
    const rng = createRng(0);
    for (let trial = 0; trial < 20; trial++) {
      const from = rng.int(0, m - 1);
      const count = rng.int(1, m - from);
      expect(rows(from, count)).toEqual(all.slice(from * n, (from + count) * n));
    }
  });

  it("perturbs a product by factors, adds a bias and applies an activation", () => {
    fc.assert(
      fc.property(
        fc.record({
          members: fc.integer({ min: 1, max: 3 }),
          m: fc.oneof(side, fc.constantFrom(64, 67)),
          k: side,
          n: side,
          rank: fc.integer({ min: 1, max: 5 }),
          bias: fc.constantFrom("none", "own", "common"),
          activation: fc.constantFrom(0, 1, 2),
        }),
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        ({ members, m, k, n, rank, bias, activation }, shared, transposed, seed) => {
          const x = normals((shared ? 1 : members) * m * k, seed);
          const base = normals(k * n, seed + 1);
          const left = normals(members * k * rank, seed + 2);
          const right = normals(members * n * rank, seed + 3);
          const offsets = normals((bias === "own" ? members : 1) * n, seed + 4);
          memory.reset();
          const at = [x, base, left, right, offsets].map((values) => memory.put(values));
          const [px = 0, pbase = 0, pleft = 0, pright = 0, pbias = 0] = at;
          const result = memory.room(members * m * n);
          const size = kernels.lowRankScratch(shared, members, m, k, n, rank);
          const scratch = memory.room(size);
          kernels.lowRankMatMul(
            px,
            shared,
            pbase,
            pleft,
            pright,
            bias === "none" ? 0 : pbias,
            bias === "own" ? n : 0,
            activation,
            result,
            scratch,
            members,
            m,
            k,
            n,
            rank,
            transposed,
          );
          const actual = memory.get(result, members * m * n);
          let error = 0;
          for (let p = 0; p < members; p++) {
            const own = shared ? x : x.subarray(p * m * k, (p + 1) * m * k);
            const { values } = product(own, base, [m, k, n], transposed);
            for (let i = 0; i < m; i++) {
              for (let j = 0; j < n; j++) {
                let sum = values[i * n + j] ?? 0;
                for (let r = 0; r < rank; r++) {
                  let projected = 0;
                  for (let q = 0; q < k; q++) {
                    projected += (own[i * k + q] ?? 0) * (left[(p * k + q) * rank + r] ?? 0);
                  }
                  sum += projected * (right[(p * n + j) * rank + r] ?? 0);
                }
                if (bias !== "none") sum += offsets[(bias === "own" ? p * n : 0) + j] ?? 0;
                const exact = [sum, Math.max(sum, 0), Math.tanh(sum)][activation] ?? NaN;
                const found = Math.abs((actual[(p * m + i) * n + j] ?? NaN) - exact);
                error = found <= error ? error : found; // NaN stays
              }
            }
          }
          expect(error).toBeLessThan(2e-4);
          expect(memory.isIntactBehind(scratch, size)).toBe(true);
          expect(memory.isIntactBehind(result, members * m * n)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  type Unary = "exp" | "log" | "tanh";
  const unary = (name: Unary, values: ArrayLike<number>): Float32Array => {
    memory.reset();
    const x = memory.put(values);
    const result = memory.room(values.length);
    kernels[name](x, result, values.length);
    expect(memory.isIntactBehind(result, values.length)).toBe(true);
    return memory.get(result, values.length);
  };

  it.each<[Unary, (x: number) => number, readonly [number, number], number]>([
    ["exp", Math.exp, [-104, 89], 2],
    ["log", Math.log, [1e-38, 1e6], 2],
    ["log", Math.log, [0.5, 2], 2],
    ["tanh", Math.tanh, [-10, 10], 6],
    ["tanh", Math.tanh, [-1e-3, 1e-3], 6],
  ])("computes %s within its bound of rounding", (name, exact, [low, high], bound) => {
    const count = 100_003;
    const inputs = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
    const most = unary(name, inputs).reduce(
      (so, value, i) => Math.max(so, ulps(value, exact(inputs[i] ?? NaN))),
      0,
    );
    expect(most).toBeLessThanOrEqual(bound);
  });

  it("knows what is no ordinary number", () => {
    const odd = [NaN, Infinity, -Infinity, 0, 1e-45, 3.4e38, -1];
    expect([...unary("exp", odd)]).toEqual([NaN, Infinity, 0, 1, 1, Infinity, Math.fround(Math.exp(-1))]);
    const logarithms = [...unary("log", odd)];
    expect(logarithms.slice(0, 4)).toEqual([NaN, Infinity, NaN, -Infinity]);
    expect(logarithms[4]).toBeCloseTo(Math.log(2 ** -149), 4);
    expect(logarithms[6]).toBeNaN();
    expect([...unary("tanh", odd)].slice(0, 4)).toEqual([NaN, 1, -1, 0]);
  });

  it("finds the first largest value of every row; NaN wins only where it comes first", () => {
    const value = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, 0, 1), fc.float());
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 23 }), (row) => {
        memory.reset();
        const at = memory.put([...row, ...row]);
        const result = memory.room(2);
        kernels.argMax(at, result, 2, row.length);
        const expected = row.reduce((best, own, place) => (own > (row[best] ?? NaN) ? place : best), 0);
        expect([...new Int32Array(memory.get(result, 2).buffer)]).toEqual([expected, expected]);
        expect(memory.isIntactBehind(result, 2)).toBe(true);
      }),
    );
  });

  it.each(["softmax", "logSoftmax"] as const)("computes %s of rows of any length", (name) => {
    for (const n of [1, 2, 3, 4, 5, 10, 64, 101]) {
      const rows = 7;
      const x = normals(rows * n, n).map((value) => 10 * value);
      memory.reset();
      const at = memory.put(x);
      const result = memory.room(rows * n);
      kernels[name](at, result, rows, n);
      const actual = memory.get(result, rows * n);
      for (let row = 0; row < rows; row++) {
        const own = [...x.subarray(row * n, (row + 1) * n)];
        const largest = Math.max(...own);
        const sum = own.reduce((total, value) => total + Math.exp(value - largest), 0);
        own.forEach((value, i) => {
          const exact =
            name === "softmax" ? Math.exp(value - largest) / sum : value - largest - Math.log(sum);
          expect(Math.abs((actual[row * n + i] ?? NaN) - exact)).toBeLessThan(1e-6 * (1 + Math.abs(exact)));
        });
      }
      expect(memory.isIntactBehind(result, rows * n)).toBe(true);
    }
  });
});
