/** How each backend is loaded, and what to tell a user for whom it fails. */
import * as tf from "@tensorflow/tfjs-core";
import { importOptional, type ImportPackage } from "./import-package.js";
import { installWasmKernels } from "./wasm/install-kernels.js";
import { loadWebGpu } from "./webgpu/driver.js";

/** Backends by the names that `useBackend` takes. */
export type BackendName = "wasm" | "cpu" | "webgpu" | "node" | "node-gpu";

interface Driver {
  /** What tfjs calls it. */
  readonly registeredAs: string;
  /**
   * Registers the backend with tfjs. Rejects with the reason when it cannot be had, or when it is slow and was not asked
   * for by name.
   */
  readonly load: (isAskedFor: boolean) => Promise<void>;
  readonly remedy: string;
}

export type Drivers = Readonly<Record<BackendName, Driver>>;

/** @param importPackage How the optional packages are imported; default by name from here. */
export function createDrivers(importPackage?: ImportPackage): Drivers {
  return {
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
      load: (isAskedFor) => loadWebGpu(isAskedFor, importPackage),
      remedy:
        "Install @tensorflow/tfjs-backend-webgpu and, in Node, webgpu; the machine needs a Vulkan, Metal or D3D12 driver.",
    },
    node: {
      registeredAs: "tensorflow",
      load: async () => {
        await importOptional("@tensorflow/tfjs-node", importPackage);
      },
      remedy: "Install @tensorflow/tfjs-node and let its install script download libtensorflow.",
    },
    "node-gpu": {
      registeredAs: "tensorflow",
      load: async () => {
        await importOptional("@tensorflow/tfjs-node-gpu", importPackage);
        const backend: object | null = tf.findBackend("tensorflow");
        if (backend !== null && Reflect.get(backend, "isUsingGpuDevice") === false) {
          throw new Error("libtensorflow found no GPU");
        }
      },
      remedy:
        "Install @tensorflow/tfjs-node-gpu and let its install script download libtensorflow; it needs CUDA 11 and cuDNN.",
    },
  };
}

export const DRIVERS: Drivers = createDrivers();
