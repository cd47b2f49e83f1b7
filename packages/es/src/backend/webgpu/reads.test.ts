import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import { guardReads, isOnlyOnDevice } from "./reads.js";

/** Keeps values where the real backend does, without a device. */
class Backend extends tf.KernelBackend {
  readonly device = new EventTarget();
  readonly tensorMap = new Map<object, { values: tf.TypedArray | null; resource: object | null }>();

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.tensorMap.get(dataId)?.values ?? new Float32Array([7]);
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.tensorMap.get(dataId)?.values ?? new Float32Array([7]);
  }

  refuse(message: string): Event {
    const event = Object.assign(new Event("uncapturederror", { cancelable: true }), { error: { message } });
    this.device.dispatchEvent(event);
    return event;
  }
}

function guarded(): { backend: Backend; host: object; device: object } {
  const backend = new Backend();
  const [host, device] = [{}, {}];
  backend.tensorMap.set(host, { values: new Float32Array([1]), resource: null });
  backend.tensorMap.set(device, { values: null, resource: {} });
  guardReads(backend);
  return { backend, host, device };
}

describe("a synchronous read", () => {
  it("gives what is on the host, and refuses what is on the device with the remedy", () => {
    const { backend, host, device } = guarded();
    expect([...backend.readSync(host)]).toEqual([1]);
    expect(() => backend.readSync(device)).toThrow(/on the WebGPU device.*await tensor\.data\(\) first/s);
    expect([host, device].map((dataId) => isOnlyOnDevice(backend, dataId))).toEqual([false, true]);
  });

  it("is the backend's own where there is a canvas, as in browsers", () => {
    const { backend, device } = guarded();
    Reflect.set(globalThis, "OffscreenCanvas", class {});
    try {
      expect(isOnlyOnDevice(backend, device)).toBe(false);
      expect([...backend.readSync(device)]).toEqual([7]);
    } finally {
      Reflect.deleteProperty(globalThis, "OffscreenCanvas");
    }
  });

  it("is nobody's concern on other backends", () => {
    expect(isOnlyOnDevice(new Backend(), {})).toBe(false);
    expect(isOnlyOnDevice(undefined, {})).toBe(false);
  });
});

describe("an operation that the device refused", () => {
  it("ends later reads with the first reason, instead of being printed", async () => {
    const { backend, device } = guarded();
    expect(backend.refuse("no such type").defaultPrevented).toBe(true);
    backend.refuse("what follows from it");
    await expect(backend.read(device)).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: expect.stringMatching(/refused an operation.*no such type/),
    });
  });

  it("is forgotten when the backend is chosen again, and guards are not put on each other", async () => {
    const { backend, device } = guarded();
    const { read } = backend;
    backend.refuse("no such type");
    guardReads(backend);
    expect(backend.read).toBe(read);
    expect([...(await backend.read(device))]).toEqual([7]);
  });
});
