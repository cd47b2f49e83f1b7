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

const setBackend = tfjsEngine.setBackend.bind(tfjsEngine);
let chosenByUser = false;

/** True once a backend was set through tfjs itself. */
export function isBackendChosenByUser(): boolean {
  return chosenByUser;
}

/** `tf.setBackend` without counting as the user's choice. False when the backend failed to start. */
export function switchBackend(name: string): Promise<boolean> {
  return setBackend(name);
}

/** The backend prints a banner in Node on first use. */
function silenceBanner(): void {
  const backend: unknown = tf.findBackend("cpu");
  if (backend instanceof MathBackendCPU) Reflect.set(backend, "firstUse", false);
}

tfjsEngine.setBackend = async (name) => {
  chosenByUser = true;
  const started = await setBackend(name);
  if (started && name === "wasm") installWasmKernels();
  return started;
};

silenceBanner();
installCpuKernels();
if (tfjsEngine.backendName && tfjsEngine.backendName !== "cpu") {
  // It was chosen before this package was imported.
  chosenByUser = true;
  if (tfjsEngine.backendName === "wasm") installWasmKernels();
} else {
  void setBackend("cpu"); // settles synchronously for a synchronous backend
}
