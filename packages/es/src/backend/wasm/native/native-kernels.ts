/**
 * Our own kernels on the memory of tfjs-wasm: which build runs, and on what.
 *
 * They need three internals of the backend: its memory, where a tensor lies in it, and a way to allocate. Where one of
 * them is missing, everything above works with tfjs's kernels instead.
 */
import { instantiateKernels, type KernelSet, type Kernels } from "../../../kernels/kernels.js";
import type { WasmBackend } from "../wasm-kernel.js";

type Loaded =
  | { readonly set: KernelSet; readonly kernels: Kernels }
  /** Why there are none. */
  | { readonly set: undefined; readonly reason: string };

/** `"native"`: the fastest of ours that runs; `"simd"`: ours without fused multiply-adds; `"generic"`: tfjs's. */
export type KernelChoice = "native" | "simd" | "generic";

let choice: KernelChoice = "native";
let loaded = new WeakMap<object, Loaded>();

/** Chooses for everything that follows, on running backends, too. */
export function chooseKernels(chosen: KernelChoice): void {
  if (chosen === choice) return;
  choice = chosen;
  loaded = new WeakMap();
}

/** The kernels of a backend, or why it has none; loaded when first asked for. */
export function loadedKernels(backend: object): Loaded {
  const known = loaded.get(backend);
  if (known !== undefined) return known;
  const made = load(backend);
  loaded.set(backend, made);
  return made;
}

/** The kernels of a backend, if it has any. */
export function kernelsOf(backend: object): Kernels | undefined {
  const found = loadedKernels(backend);
  return found.set === undefined ? undefined : found.kernels;
}

function load(backend: object): Loaded {
  if (choice === "generic") return { set: undefined, reason: "they were not asked for" };
  const memory = memoryOf(backend);
  if (typeof memory === "string") return { set: undefined, reason: memory };
  const sets: readonly KernelSet[] = choice === "simd" ? ["simd"] : ["relaxed-simd", "simd"];
  for (const set of sets) {
    const kernels = instantiateKernels(set, memory);
    if (kernels !== undefined) return { set, kernels };
  }
  return { set: undefined, reason: "this machine has no WebAssembly SIMD" };
}

/** The memory that the backend computes in, or what is missing. */
function memoryOf(backend: object): WebAssembly.Memory | string {
  const { wasm, dataIdMap, makeOutput } = backend as Partial<WasmBackend>;
  if (wasm === undefined || dataIdMap === undefined || typeof makeOutput !== "function")
    return "the backend does not show its tensors";
  const memory = wasm.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory)) return "the backend does not show its memory";
  return wasm.HEAPU8.buffer === memory.buffer
    ? memory
    : "the backend does not compute in the memory that it shows";
}
