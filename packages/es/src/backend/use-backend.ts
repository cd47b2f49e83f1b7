/** Which tfjs backend computes: the user's choice, or the fastest that needs no installation. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { DRIVERS, type BackendName } from "./drivers.js";
import { isBackendChosenByUser, loadBackend, switchBackend } from "./first-backend.js";
import { tfjsEngine } from "./tfjs-engine.js";
import type { KernelSet } from "../kernels/kernels.js";
import { chooseKernels, loadedKernels, type KernelChoice } from "./wasm/native/native-kernels.js";

/** A backend, or `"auto"` for the fastest that this machine has. */
export type BackendChoice = BackendName | "auto";

export interface RejectedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

export interface BackendInfo {
  /** One of the names that `useBackend` takes, or tfjs's name of a backend that the user registered. */
  readonly name: string;
  /** `"native"` when the package's own kernels run on the backend, `"generic"` when tfjs's do. */
  readonly kernels: "native" | "generic";
  /** The build of the native kernels; bits may differ between builds. */
  readonly build?: KernelSet;
  /** Backends that were tried in vain, with the reason. */
  readonly rejected: readonly RejectedBackend[];
}

const FASTEST_FIRST: readonly BackendName[] = ["node-gpu", "node", "webgpu", "wasm", "cpu"];
const DEFAULT: readonly BackendName[] = ["wasm", "cpu"];
const KERNEL_CHOICES: readonly KernelChoice[] = ["native", "simd", "generic"];

export interface UseBackendOptions {
  /**
   * `"native"`: the fastest kernels of this package that the machine runs; `"simd"`: those without fused multiply-adds,
   * whose bits are the same on every machine; `"generic"`: tfjs's own. Only WebAssembly has a choice. Default `"native"`.
   */
  readonly kernels?: KernelChoice;
}

let current: BackendName | undefined;
let rejected: readonly RejectedBackend[] = [];
/** Choices are made one after the other. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Chooses the tfjs backend for everything that follows.
 *
 * Without a call, the first run of a system switches to WebAssembly, unless `tf.setBackend` was used before. Tensors
 * that exist already are moved on first use.
 *
 * @param choice `"wasm"`, `"cpu"` (slow, always there), `"webgpu"`, `"node"` or `"node-gpu"` (optional packages), or
 *   `"auto"`: the first that loads of node-gpu, node, webgpu, wasm, cpu. Default `"auto"`.
 * @param options.kernels Which kernels compute on WebAssembly.
 * @returns What `backendInfo()` says afterwards.
 * @throws HyperfuncError INVALID_ARGUMENT for an unknown name; BACKEND_UNAVAILABLE with the reason and the remedy when
 *   the backend that was asked for cannot be loaded.
 * @example
 * import { useBackend } from "@hyperfunc/es";
 * const { name } = await useBackend("wasm");
 * console.log(name); // wasm
 */
export async function useBackend(
  choice: BackendChoice = "auto",
  { kernels = "native" }: UseBackendOptions = {},
): Promise<BackendInfo> {
  if (!KERNEL_CHOICES.includes(kernels)) {
    const names = KERNEL_CHOICES.join(", ");
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `There are no "${kernels}" kernels; choose one of ${names}.`,
    );
  }
  const candidates = choice === "auto" ? FASTEST_FIRST : [choice];
  const unknown = candidates.find((name) => !Object.hasOwn(DRIVERS, name));
  if (unknown !== undefined) {
    const names = ["auto", ...Object.keys(DRIVERS)].join(", ");
    throw new HyperfuncError("INVALID_ARGUMENT", `There is no backend "${unknown}"; choose one of ${names}.`);
  }
  return inOrder(() => {
    chooseKernels(kernels);
    return choose(candidates);
  });
}

/**
 * The backend in use, and why others are not.
 *
 * @example
 * import { backendInfo, useBackend } from "@hyperfunc/es";
 * await useBackend("cpu");
 * console.log(backendInfo()); // { name: "cpu", kernels: "generic", rejected: [] }
 */
export function backendInfo(): BackendInfo {
  const registered = tfjsEngine.backendName ?? "none";
  const build = registered === "wasm" ? loadedKernels(tf.backend()).set : undefined;
  const known = current !== undefined && DRIVERS[current].registeredAs === registered;
  return {
    name: known ? (current ?? registered) : (nameOf(registered) ?? registered),
    ...(build === undefined ? { kernels: "generic" } : { kernels: "native", build }),
    rejected,
  };
}

/** Settles when a backend is ready: the chosen one, or the default on first use. */
export function readyBackend(): Promise<void> {
  return inOrder(async () => {
    if (current === undefined && !isBackendChosenByUser()) await choose(DEFAULT);
    await tf.ready();
  });
}

function inOrder<T>(work: () => Promise<T>): Promise<T> {
  const result = queue.then(work);
  queue = result.catch(() => undefined);
  return result;
}

async function choose(candidates: readonly BackendName[]): Promise<BackendInfo> {
  const failed: RejectedBackend[] = [];
  for (const name of candidates) {
    try {
      await start(name, candidates.length === 1);
      current = name;
      rejected = failed;
      return backendInfo();
    } catch (error) {
      failed.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  rejected = failed;
  const reasons = failed.map(({ name, reason }) => `${name}: ${reason}. ${DRIVERS[name].remedy}`).join("\n");
  throw new HyperfuncError("BACKEND_UNAVAILABLE", `No backend could be started. ${reasons}`, {
    details: { rejected },
  });
}

async function start(name: BackendName, isAskedFor: boolean): Promise<void> {
  const { load, registeredAs } = DRIVERS[name];
  const before = tfjsEngine.backendName;
  try {
    await loadBackend(registeredAs, () => load(isAskedFor));
    if (!(await switchBackend(registeredAs))) throw new Error("it failed to start");
  } catch (error) {
    // tfjs forgets the old backend before it knows that the new one works, and some packages set theirs on import.
    if (before && tfjsEngine.backendName !== before) await switchBackend(before);
    throw error;
  } finally {
    dropForeignCrashHandlers();
  }
}

function nameOf(registered: string): string | undefined {
  return Object.entries(DRIVERS).find(([, driver]) => driver.registeredAs === registered)?.[0];
}

/** The two handlers that Emscripten puts around every module, by their source. */
const FOREIGN =
  /^function\s*\((ex|reason)\)\s*\{\s*(if\s*\(!\(ex instanceof ExitStatus\)\)\s*\{?\s*)?throw \1;?[\s}]*$/;

/**
 * Takes back the crash handlers that tfjs-wasm installs for the whole process: they rethrow every error of the program
 * from a minified line of their own. Handlers of anybody else stay, whenever they were added.
 */
function dropForeignCrashHandlers(): void {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    for (const handler of process.rawListeners(event)) {
      if (FOREIGN.test(String(handler))) process.off(event, handler as () => void);
    }
  }
}
