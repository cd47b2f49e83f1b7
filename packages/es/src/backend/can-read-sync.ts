import { tfjsEngine } from "./tfjs-engine.js";

/** False on WebGPU, where values only come asynchronously. */
export function canReadSync(): boolean {
  return tfjsEngine.backendName !== "webgpu";
}
