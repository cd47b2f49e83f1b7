import { afterEach, describe, expect, it } from "@jest/globals";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createDrivers } from "./drivers.js";
import { isBackendChosenByUser, loadBackend, switchBackend } from "./first-backend.js";
import { madeUpPackages as packages } from "../../test/made-up-packages.js";

function fail(message: string, code?: string): never {
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe.each([
  ["node", "@tensorflow/tfjs-node"],
  ["node-gpu", "@tensorflow/tfjs-node-gpu"],
] as const)("the driver %s", (name, specifier) => {
  class Libtensorflow extends MathBackendCPU {
    constructor(readonly isUsingGpuDevice: boolean) {
      super();
      Reflect.set(this, "firstUse", false); // no banner
    }
  }

  /** What the real package does while it loads: it registers a backend with kernels, and sets it. */
  const libtensorflow = (hasGpu: boolean) => async (): Promise<void> => {
    for (const kernel of tf.getKernelsForBackend("cpu")) {
      if (kernel.kernelName === tf.Add) tf.registerKernel({ ...kernel, backendName: "tensorflow" });
    }
    tf.registerBackend("tensorflow", () => new Libtensorflow(hasGpu));
    await tf.setBackend("tensorflow");
  };

  const loadWith = (content: () => unknown): Promise<void> => {
    const driver = createDrivers(packages({ [specifier]: content }))[name];
    return loadBackend(driver.registeredAs, () => driver.load(true));
  };

  afterEach(async () => {
    await switchBackend("cpu");
    if (tf.findBackendFactory("tensorflow") === null) return;
    tf.unregisterKernel(tf.Add, "tensorflow");
    tf.removeBackend("tensorflow");
  });

  it("says that the package is not installed", async () => {
    await expect(createDrivers(packages({}))[name].load(true)).rejects.toMatchObject({
      message: `${specifier} is not installed`,
    });
  });

  it("says that the package is there without its native part", async () => {
    const binding = "The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. ";
    const loading = loadWith(() => fail(`${binding}\nPlease run command 'npm rebuild'`));
    await expect(loading).rejects.toMatchObject({
      message: `${specifier} is installed but does not load: ${binding.trim().replace(/\.$/, "")}`,
    });
  });

  it("does not mistake a missing dependency of the package for a missing package", async () => {
    const loading = loadWith(() =>
      fail("Cannot find package 'napi' imported from x", "ERR_MODULE_NOT_FOUND"),
    );
    await expect(loading).rejects.toThrow(
      `${specifier} is installed but does not load: Cannot find package 'napi'`,
    );
  });

  it("registers a backend that computes, without counting as the user's choice", async () => {
    await loadWith(libtensorflow(true));
    expect(await switchBackend("tensorflow")).toBe(true);
    expect([tf.getBackend(), isBackendChosenByUser()]).toEqual(["tensorflow", false]);
    expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3);
  });

  it(`${name === "node" ? "does not need" : "refuses a machine without"} a GPU`, async () => {
    const loading = loadWith(libtensorflow(false));
    if (name === "node") await expect(loading).resolves.toBeUndefined();
    else await expect(loading).rejects.toMatchObject({ message: "libtensorflow found no GPU" });
  });
});
