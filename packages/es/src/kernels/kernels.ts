/** Our own WebAssembly kernels: what they are, and the builds of them. Their sources are in assembly/. */
import { RELAXED_SIMD, SIMD } from "./binaries.js";

/** `"relaxed-simd"` fuses multiplications with additions and may round differently from machine to machine. */
export type KernelSet = "relaxed-simd" | "simd";

/** What assembly/index.ts exports: pointers in bytes, sizes in values. */
export interface Kernels {
  packedSize(k: number, n: number): number;
  batchedMatMul(
    x: number,
    strideX: number,
    y: number,
    strideY: number,
    result: number,
    packed: number,
    batch: number,
    m: number,
    k: number,
    n: number,
    transposed: boolean,
  ): void;
  lowRankScratch(shared: boolean, members: number, m: number, k: number, n: number, rank: number): number;
  lowRankMatMul(
    x: number,
    shared: boolean,
    base: number,
    rowFactors: number,
    columnFactors: number,
    bias: number,
    strideBias: number,
    activation: number,
    result: number,
    scratch: number,
    members: number,
    m: number,
    k: number,
    n: number,
    rank: number,
    transposed: boolean,
  ): void;
  argMax(x: number, result: number, rows: number, n: number): void;
  exp(x: number, result: number, size: number): void;
  log(x: number, result: number, size: number): void;
  tanh(x: number, result: number, size: number): void;
  normals(
    result: number,
    firstRow: number,
    rows: number,
    width: number,
    key0: number,
    key1: number,
    counter: number,
    widths: number,
    inside: number,
    words: number,
    outside: number,
  ): number;
  softmax(x: number, result: number, rows: number, n: number): void;
  logSoftmax(x: number, result: number, rows: number, n: number): void;
}

const BUILDS: Readonly<Record<KernelSet, string>> = { "relaxed-simd": RELAXED_SIMD, simd: SIMD };

/** The kernels on a memory; undefined where the machine cannot run this build. */
export function instantiateKernels(set: KernelSet, memory: WebAssembly.Memory): Kernels | undefined {
  const binary = Buffer.from(BUILDS[set], "base64");
  if (!WebAssembly.validate(binary)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
  return exports as unknown as Kernels;
}
