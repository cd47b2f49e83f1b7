/**
 * Matrix products.
 *
 * tfjs-wasm multiplies two plain matrices at 30 GFLOP/s. Transposed or batched operands take a scalar path that is 15
 * to 20 times slower, and batch axes that broadcast in more than one place give wrong numbers. Here every product
 * becomes plain ones, or elementwise work where a matrix is a single row or column.
 */
import * as tf from "@tensorflow/tfjs-core";
import { Heap } from "./heap.js";
import { dispose, reshaped, sizeOf, type Replacement } from "../kernel-replacement.js";
import { assertInner, batchOf, upright } from "./matmul-operands.js";
import { runWasm, wasmReplacement, type WasmBackend, type WasmKernel } from "./wasm-kernel.js";

type Product = WasmKernel<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>;

/** Two matrices, possibly with one leading axis of length 1. */
type PlainProduct = (a: tf.TensorInfo, b: tf.TensorInfo) => tf.TensorInfo;

/** Multiplications per matrix below which tfjs's batched kernel beats one call per matrix. */
const SMALL_PRODUCT = 3000;

/** Up to this length the batched kernel adds in the same order as the plain one, with equal bits. */
const ONE_BLOCK = 48;

/** From this length on, tfjs's sum of a row is slower than a product with a column of ones. */
const LONG_ROW = 128;

export const matmulKernels: Replacement[] = [
  wasmReplacement<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>(tf.BatchMatMul, (original) => (call) => {
    const { backend, attrs } = call;
    if (call.inputs.a.dtype !== "float32" || call.inputs.b.dtype !== "float32") return original(call);
    if (attrs.transposeB && !attrs.transposeA && isFewRows(call.inputs.a, call.inputs.b))
      return original(call);
    const a = upright(backend, call.inputs.a, attrs.transposeA);
    const b = upright(backend, call.inputs.b, attrs.transposeB);
    const leading = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const x = batchOf(backend, a, leading);
    const y = batchOf(backend, b, leading);
    assertInner(x.shape[2] ?? 1, y.shape[1] ?? 1, call.inputs, attrs);
    const product = multiply(backend, x, y, b.shape.length === 2, original);
    dispose(backend, a, b, x, y);
    return { ...product, shape: [...leading, x.shape[1] ?? 1, y.shape[2] ?? 1] };
  }),
];

/** Transposing the second operand pays off only when enough rows are multiplied with it. */
function isFewRows(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return b.shape.length === 2 && sizeOf(a.shape.slice(0, -1)) < 8;
}

/**
 * `x [batch or 1, m, k] · y [batch or 1, k, n]`.
 *
 * The way is chosen by the shape of one product and never by their number, so that a population evaluated in parts gives
 * the same bits as one evaluated at once.
 */
function multiply(
  backend: WasmBackend,
  x: tf.TensorInfo,
  y: tf.TensorInfo,
  single: boolean,
  original: Product,
): tf.TensorInfo {
  const [batchX = 1, m = 1, k = 1] = x.shape;
  const [, , n = 1] = y.shape;
  const plain: PlainProduct = (a, b) =>
    original({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend }) as tf.TensorInfo;
  if (single) {
    const rows = reshaped(backend, x, [1, batchX * m, k]);
    const product = plain(rows, y);
    dispose(backend, rows);
    return product;
  }
  if (k === 1) return runWasm(backend, tf.Multiply, { a: x, b: y });
  if (n === 1) return rowTimesColumn(backend, x, y, plain);
  if (m * k * n < SMALL_PRODUCT && k <= ONE_BLOCK) return plain(x, y);
  return oneByOne(backend, x, y, plain);
}

/** `x [batch or 1, m, k] · y [batch, k, 1]`: multiplied value by value and summed. */
function rowTimesColumn(
  backend: WasmBackend,
  x: tf.TensorInfo,
  y: tf.TensorInfo,
  plain: PlainProduct,
): tf.TensorInfo {
  const [batch = 1, k = 1] = y.shape;
  const row = reshaped(backend, y, [batch, 1, k]);
  const products = runWasm(backend, tf.Multiply, { a: x, b: row });
  const sum =
    k < LONG_ROW
      ? runWasm(backend, tf.Sum, { x: products }, { axis: 2 })
      : sumByProduct(backend, products, plain);
  dispose(backend, row, products);
  return sum;
}

/** Sums rows as a product with a column of ones. */
function sumByProduct(backend: WasmBackend, x: tf.TensorInfo, plain: PlainProduct): tf.TensorInfo {
  const [batch = 1, rows = 1, k = 1] = x.shape;
  const flat = reshaped(backend, x, [1, batch * rows, k]);
  const ones = runWasm(backend, tf.Fill, {}, { shape: [1, k, 1], value: 1, dtype: "float32" });
  const sums = plain(flat, ones);
  dispose(backend, flat, ones);
  return sums;
}

function oneByOne(
  backend: WasmBackend,
  x: tf.TensorInfo,
  y: tf.TensorInfo,
  plain: PlainProduct,
): tf.TensorInfo {
  const [batchX = 1, m = 1] = x.shape;
  const [batchY = 1, , n = 1] = y.shape;
  const batch = Math.max(batchX, batchY);
  const result = backend.makeOutput([batch, m, n], "float32");
  for (let index = 0; index < batch; index++) {
    const a = matrixAt(backend, x, batchX === 1 ? 0 : index);
    const b = matrixAt(backend, y, batchY === 1 ? 0 : index);
    const product = plain(a, b);
    const heap = new Heap(backend, "float32");
    heap.copy(heap.positionOf(product), heap.positionOf(result) + index * m * n, m * n);
    dispose(backend, a, b, product);
  }
  return result;
}

/** One matrix of a stack, in memory of its own; the caller disposes it. */
function matrixAt(backend: WasmBackend, stack: tf.TensorInfo, index: number): tf.TensorInfo {
  const [count = 1, rows = 1, columns = 1] = stack.shape;
  if (count === 1) return reshaped(backend, stack, stack.shape);
  const matrix = backend.makeOutput([1, rows, columns], "float32");
  const heap = new Heap(backend, "float32");
  heap.copy(heap.positionOf(stack) + index * rows * columns, heap.positionOf(matrix), rows * columns);
  return matrix;
}
