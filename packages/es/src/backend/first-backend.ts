/**
 * Makes tfjs work as soon as the package is imported, before any `await`, and notices when the user chooses a backend.
 *
 * The pure JavaScript backend is the only one that starts synchronously. The first run replaces it by a fast one.
 */
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { installCpuKernels } from "./cpu/install-kernels.js";
import { tfjsEngine } from "./tfjs-engine.js";
import { installWasmKernels } from "./wasm/install-kernels.js";
import { installWebGpuKernels } from "./webgpu/install-kernels.js";
import { guardReads } from "./webgpu/reads.js";

const setBackend = tfjsEngine.setBackend.bind(tfjsEngine);
let chosenByUser = false;
let loading: string | undefined;

/** True once a backend was set through tfjs itself. */
export function isBackendChosenByUser(): boolean {
  return chosenByUser;
}

/** `tf.setBackend` without counting as the user's choice. False when the backend failed to start. */
export async function switchBackend(name: string): Promise<boolean> {
  const started = await setBackend(name);
  if (started) prepare(name);
  return started;
}

/** Loads the package of a backend. Some set it while they load, as tfjs-node does, which is no choice of the user. */
export async function loadBackend(name: string, load: () => Promise<void>): Promise<void> {
  loading = name;
  try {
    await load();
  } finally {
    loading = undefined;
  }
}

function prepare(name: string): void {
  if (name === "wasm") installWasmKernels();
  if (name === "webgpu") {
    guardReads(tf.backend());
    installWebGpuKernels();
  }
}

/** The backend prints a banner in Node on first use. */
function silenceBanner(): void {
  const backend: unknown = tf.findBackend("cpu");
  if (backend instanceof MathBackendCPU) Reflect.set(backend, "firstUse", false);
}

tfjsEngine.setBackend = (name) => {
  if (name !== loading) chosenByUser = true;
  return switchBackend(name);
};

silenceBanner();
installCpuKernels();
if (tfjsEngine.backendName && tfjsEngine.backendName !== "cpu") {
  // It was chosen before this package was imported.
  chosenByUser = true;
  prepare(tfjsEngine.backendName);
} else {
  void setBackend("cpu"); // settles synchronously for a synchronous backend
}
