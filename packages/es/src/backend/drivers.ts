/** How each backend is loaded, and what to tell a user for whom it fails. */
import * as tf from "@tensorflow/tfjs-core";
import { installWasmKernels } from "./wasm/install-kernels.js";

/** Backends by the names that `useBackend` takes. */
export type BackendName = "wasm" | "cpu" | "webgpu" | "node" | "node-gpu";

export interface Driver {
  /** What tfjs calls it. */
  readonly registeredAs: string;
  /** Registers the backend with tfjs. Rejects with the reason when it cannot be had. */
  readonly load: () => Promise<void>;
  readonly remedy: string;
}

export const DRIVERS: Readonly<Record<BackendName, Driver>> = {
  wasm: {
    registeredAs: "wasm",
    load: async () => {
      await import("@tensorflow/tfjs-backend-wasm");
      installWasmKernels();
    },
    remedy: "Reinstall @tensorflow/tfjs-backend-wasm; its .wasm files must lie beside its code.",
  },
  cpu: {
    registeredAs: "cpu",
    load: async () => {
      await import("@tensorflow/tfjs-backend-cpu");
    },
    remedy: "Reinstall @tensorflow/tfjs-backend-cpu.",
  },
  webgpu: {
    registeredAs: "webgpu",
    load: loadWebGpu,
    remedy:
      "Install @tensorflow/tfjs-backend-webgpu and, in Node, webgpu; the machine needs a Vulkan, Metal or D3D12 driver.",
  },
  node: {
    registeredAs: "tensorflow",
    load: async () => {
      await importOptional("@tensorflow/tfjs-node");
    },
    remedy: "Install @tensorflow/tfjs-node and let its install script download libtensorflow.",
  },
  "node-gpu": {
    registeredAs: "tensorflow",
    load: async () => {
      await importOptional("@tensorflow/tfjs-node-gpu");
      const backend: object | null = tf.findBackend("tensorflow");
      if (backend !== null && Reflect.get(backend, "isUsingGpuDevice") === false) {
        throw new Error("libtensorflow found no GPU");
      }
    },
    remedy:
      "Install @tensorflow/tfjs-node-gpu and let its install script download libtensorflow; it needs CUDA 11 and cuDNN.",
  },
};

/** The specifier is a variable, so that neither TypeScript nor a bundler looks for a package that may be absent. */
async function importOptional(specifier: string): Promise<unknown> {
  return (await import(specifier)) as unknown;
}

/** tfjs-backend-webgpu looks for `navigator.gpu` while it loads, and fails obscurely without an adapter. */
async function loadWebGpu(): Promise<void> {
  const gpu = gpuOf(Reflect.get(globalThis, "navigator")) ?? (await gpuFromDawn());
  if ((await gpu.requestAdapter()) === null) throw new Error("no WebGPU adapter was found");
  await importOptional("@tensorflow/tfjs-backend-webgpu");
}

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: object;
}

/** Node has no `navigator.gpu`; the npm package `webgpu` brings Google's Dawn. */
async function gpuFromDawn(): Promise<Gpu> {
  const dawn = (await importOptional("webgpu")) as Dawn;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  const existing: unknown = Reflect.get(globalThis, "navigator");
  if (typeof existing === "object" && existing !== null) {
    Object.defineProperty(existing, "gpu", { value: gpu, configurable: true });
  } else {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  }
  return gpu;
}

function gpuOf(navigator: unknown): Gpu | undefined {
  const gpu: unknown =
    typeof navigator === "object" && navigator !== null ? Reflect.get(navigator, "gpu") : undefined;
  return typeof gpu === "object" && gpu !== null ? (gpu as Gpu) : undefined;
}
