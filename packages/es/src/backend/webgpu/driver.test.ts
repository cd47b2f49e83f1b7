import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createDrivers } from "../drivers.js";
import type { ImportPackage } from "../import-package.js";
import { madeUpPackages as packages } from "../../../test/made-up-packages.js";

describe("the driver webgpu", () => {
  const BACKEND = "@tensorflow/tfjs-backend-webgpu";
  const software = { info: { architecture: "software", description: "llvmpipe" } };
  const physical = { info: { architecture: "turing", description: "a graphics card" } };
  let navigatorBefore: PropertyDescriptor | undefined;
  let loaded: string[] = [];

  /** The packages of WebGPU in Node; the backend registers itself only where `navigator.gpu` is, as the real one does. */
  const webgpu = (adapter: object | null): ImportPackage =>
    packages({
      webgpu: () => {
        loaded.push("webgpu");
        return { globals: { GPUBufferUsage: {} }, create: () => ({ requestAdapter: async () => adapter }) };
      },
      [BACKEND]: () => {
        loaded.push(BACKEND);
        const navigator = Reflect.get(globalThis, "navigator") as { readonly gpu?: object } | undefined;
        if (navigator?.gpu !== undefined) tf.registerBackend("webgpu", () => new MathBackendCPU());
      },
    });
  const load = (importPackage: ImportPackage, isAskedFor = true): Promise<void> =>
    createDrivers(importPackage).webgpu.load(isAskedFor);
  const setNavigator = (value: object | undefined): void => {
    Reflect.deleteProperty(globalThis, "navigator");
    if (value !== undefined) Object.defineProperty(globalThis, "navigator", { value, configurable: true });
  };

  beforeEach(() => {
    loaded = [];
    navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    setNavigator(undefined);
  });

  afterEach(() => {
    setNavigator(undefined);
    if (navigatorBefore !== undefined) Object.defineProperty(globalThis, "navigator", navigatorBefore);
    Reflect.deleteProperty(globalThis, "GPUBufferUsage");
    if (tf.findBackendFactory("webgpu") !== null) tf.removeBackend("webgpu");
  });

  it("refuses a machine without an adapter, before it imports the backend", async () => {
    await expect(load(webgpu(null))).rejects.toMatchObject({
      message: "the machine offers no WebGPU adapter",
    });
    expect(loaded).toEqual(["webgpu"]);
  });

  it("takes a software adapter only when it is asked for by name", async () => {
    await expect(load(webgpu(software), false)).rejects.toThrow(/computes in software \(llvmpipe\)/);
    expect(loaded).toEqual(["webgpu"]);
    await load(webgpu(software), true);
    expect(tf.findBackendFactory("webgpu")).not.toBeNull();
  });

  it.each<[string, object | undefined]>([
    ["without a navigator, as Node 20 is", undefined],
    ["with a navigator that knows no gpu, as later ones are", { hardwareConcurrency: 2 }],
  ])("gives the process a navigator.gpu %s", async (_, navigator) => {
    setNavigator(navigator);
    await load(webgpu(physical), false);
    expect(loaded).toEqual(["webgpu", BACKEND]);
    expect(Reflect.get(globalThis, "navigator")).toMatchObject({ ...navigator, gpu: expect.anything() });
    expect(Reflect.get(globalThis, "GPUBufferUsage")).toBeDefined();
  });

  it("uses the browser's own WebGPU", async () => {
    setNavigator({ gpu: { requestAdapter: async () => physical } });
    await load(webgpu(null), false);
    expect(loaded).toEqual([BACKEND]);
  });

  it("says which of the packages is not installed", async () => {
    await expect(load(packages({}))).rejects.toMatchObject({ message: "webgpu is not installed" });
    setNavigator({ gpu: { requestAdapter: async () => physical } });
    await expect(load(packages({}))).rejects.toMatchObject({ message: `${BACKEND} is not installed` });
  });

  it("says when the backend was imported too early to register itself", async () => {
    const early = packages({
      webgpu: () => ({ globals: {}, create: () => ({ requestAdapter: async () => physical }) }),
      [BACKEND]: () => ({}),
    });
    await expect(load(early)).rejects.toThrow(`${BACKEND} was imported before there was a navigator.gpu`);
  });
});
