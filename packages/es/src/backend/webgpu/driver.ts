/** WebGPU: the browser's own, or in Node Google's Dawn from the npm package `webgpu`. */
import * as tf from "@tensorflow/tfjs-core";
import { importOptional, type ImportPackage } from "../import-package.js";

const BACKEND = "@tensorflow/tfjs-backend-webgpu";

interface Adapter {
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly architecture?: string;
    readonly description?: string;
  };
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: object;
}

/**
 * Registers the backend. An adapter is asked for before it is imported: without one it fails obscurely.
 *
 * @param isAskedFor False when the fastest backend is wanted, which WebGPU on a CPU is not.
 */
export async function loadWebGpu(isAskedFor: boolean, importPackage?: ImportPackage): Promise<void> {
  const existing = gpuOf(Reflect.get(globalThis, "navigator"));
  const dawn = existing === undefined ? ((await importOptional("webgpu", importPackage)) as Dawn) : undefined;
  const gpu = existing ?? dawn?.create([]);
  const adapter = (await gpu?.requestAdapter()) ?? null;
  if (adapter === null) throw new Error("the machine offers no WebGPU adapter");
  const { isFallbackAdapter, architecture, description = "" } = adapter.info ?? {};
  if (!isAskedFor && (isFallbackAdapter === true || architecture === "software")) {
    throw new Error(`its only adapter computes in software (${description}), slower than WebAssembly`);
  }
  if (gpu !== undefined && dawn !== undefined) expose(gpu, dawn);
  await importOptional(BACKEND, importPackage);
  if (tf.findBackendFactory("webgpu") === null) {
    throw new Error(`${BACKEND} was imported before there was a navigator.gpu; let useBackend import it`);
  }
}

/** The backend looks for `navigator.gpu` while it loads. Node has a `navigator` from version 21 on. */
function expose(gpu: Gpu, { globals }: Dawn): void {
  Object.assign(globalThis, globals);
  const navigator: unknown = Reflect.get(globalThis, "navigator");
  if (typeof navigator === "object" && navigator !== null) {
    Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  } else {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  }
}

function gpuOf(navigator: unknown): Gpu | undefined {
  const gpu: unknown =
    typeof navigator === "object" && navigator !== null ? Reflect.get(navigator, "gpu") : undefined;
  return typeof gpu === "object" && gpu !== null ? (gpu as Gpu) : undefined;
}
