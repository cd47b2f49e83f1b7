/**
 * Reads on WebGPU. In Node they are only asynchronous, and what tfjs has no notion of, a kernel that the device refuses,
 * must not end as a number.
 *
 * The backend keeps values on the host until a kernel needs them, and again once they were read.
 */
import { HyperfuncError } from "@hyperfunc/core";
import type * as tf from "@tensorflow/tfjs-core";

/** The part of tfjs-backend-webgpu that tells where values are. */
interface WebGpuBackend extends tf.KernelBackend {
  readonly device: EventTarget;
  readonly tensorMap: { get(dataId: object): Stored | undefined };
}

interface Stored {
  readonly values?: tf.BackendValues | null;
  /** The buffer on the device. */
  readonly resource?: object | null;
}

interface Guard {
  readonly backend: WebGpuBackend;
  refusal: HyperfuncError | undefined;
}

const guards = new WeakMap<tf.KernelBackend, Guard>();

/** True when only `await tensor.data()` gives the values. */
export function isOnlyOnDevice(backend: tf.KernelBackend | undefined, dataId: object): boolean {
  const guard = backend && guards.get(backend);
  return guard !== undefined && !("OffscreenCanvas" in globalThis) && isUploaded(guard.backend, dataId);
}

/** Makes reads say what is wrong. Choosing the backend again forgets what went wrong before. */
export function guardReads(backend: tf.KernelBackend): void {
  const known = guards.get(backend);
  if (known !== undefined) {
    known.refusal = undefined;
    return;
  }
  const webgpu = backend as WebGpuBackend;
  const guard: Guard = { backend: webgpu, refusal: undefined };
  guards.set(backend, guard);
  webgpu.device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // it is thrown where it matters instead of printed
    guard.refusal ??= refused(event);
  });
  const [read, readSync] = [webgpu.read.bind(webgpu), webgpu.readSync.bind(webgpu)];
  webgpu.read = async (dataId) => {
    const values = await read(dataId);
    if (guard.refusal !== undefined) throw guard.refusal;
    return values;
  };
  webgpu.readSync = (dataId) => {
    if (!isOnlyOnDevice(webgpu, dataId)) return readSync(dataId);
    throw new HyperfuncError(
      "INVALID_STATE",
      "The values of this tensor are on the WebGPU device, where neither dataSync() (arraySync(), print()) nor a move " +
        "to another backend reaches them: await tensor.data() first.",
    );
  };
}

function isUploaded({ tensorMap }: WebGpuBackend, dataId: object): boolean {
  const { values, resource } = tensorMap.get(dataId) ?? {};
  return (values ?? undefined) === undefined && (resource ?? undefined) !== undefined;
}

function refused(event: Event): HyperfuncError {
  const error: unknown = Reflect.get(event, "error");
  const message: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
  return new HyperfuncError(
    "INVALID_STATE",
    `WebGPU refused an operation, so values computed since may be wrong: ${String(message)} Avoid the operation, or ` +
      "useBackend with another backend.",
  );
}
