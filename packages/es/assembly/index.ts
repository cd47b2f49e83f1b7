/**
 * Kernels on the memory of tfjs-wasm. All pointers are bytes into that memory, all sizes are in float32 values.
 *
 * The memory belongs to tfjs: nothing here may have static data, tables or a heap of its own.
 */
export { argMax } from "./arg-max";
export { batchedMatMul, lowRankMatMul, lowRankScratch } from "./batched";
export { exp, log, tanh } from "./elementwise";
export { packedSize } from "./gemm";
export { normals } from "./normals";
export { logSoftmax, softmax } from "./softmax";
