import { afterAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "./first-backend.js";
import { isBackendChosenByUser } from "./first-backend.js";
import { backendInfo, readyBackend, useBackend, type BackendChoice } from "./use-backend.js";

// The order of these tests is the story of a process.
describe("the backend", () => {
  const printed: unknown[] = [];
  const { warn } = console;
  console.warn = (...args: unknown[]) => printed.push(args);

  afterAll(() => {
    console.warn = warn;
  });

  it("works before any await, without a banner", () => {
    expect(tf.tidy(() => tf.add(1, 2).dataSync()[0])).toBe(3);
    expect(backendInfo()).toEqual({ name: "cpu", kernels: "generic", rejected: [] });
    expect(printed).toEqual([]);
  });

  it("becomes WebAssembly by default, and tensors move along", async () => {
    const made = tf.tensor1d([1, 2]);
    await Promise.all([readyBackend(), readyBackend()]);
    expect(backendInfo()).toEqual({
      name: "wasm",
      kernels: "native",
      build: expect.stringMatching(/^(relaxed-)?simd$/),
      rejected: [],
    });
    expect(tf.tidy(() => [...tf.add(made, 1).dataSync()])).toEqual([2, 3]);
    made.dispose();
  });

  it("leaves the crash handlers of the process to the program", () => {
    const foreign = [
      ...process.listeners("uncaughtException"),
      ...process.listeners("unhandledRejection"),
    ].map(String);
    expect(foreign.filter((source) => /ExitStatus|throw reason/.test(source))).toEqual([]);
  });

  it("is the one that is asked for, from then on", async () => {
    await expect(useBackend("cpu")).resolves.toMatchObject({ name: "cpu" });
    await readyBackend();
    expect(tf.getBackend()).toBe("cpu");
    expect(isBackendChosenByUser()).toBe(false);
  });

  it.each<[BackendChoice, RegExp]>([
    ["node", /node: .*Install @tensorflow\/tfjs-node and let its install script download libtensorflow/s],
    ["node-gpu", /node-gpu: .*CUDA/s],
    ["webgpu", /webgpu: .*Install @tensorflow\/tfjs-backend-webgpu/s],
  ])("explains why %s is not there, and stays what it is", async (name, message) => {
    await expect(useBackend(name)).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    expect(backendInfo()).toMatchObject({ name: "cpu", rejected: [{ name, reason: expect.any(String) }] });
  });

  it("is the fastest that loads for auto, and keeps the reasons", async () => {
    const { name, rejected } = await useBackend("auto");
    expect(name).toBe("wasm");
    expect(rejected.map((entry) => entry.name)).toEqual(["node-gpu", "node", "webgpu"]);
  });

  it("names the choices when there is no such backend", async () => {
    await expect(useBackend("cuda" as BackendChoice)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'There is no backend "cuda"; choose one of auto, wasm, cpu, webgpu, node, node-gpu.',
    });
  });

  it("respects a choice made through tfjs", async () => {
    await tf.setBackend("cpu");
    expect(isBackendChosenByUser()).toBe(true);
    await readyBackend();
    expect(backendInfo()).toMatchObject({ name: "cpu" });
    await tf.setBackend("wasm");
    await readyBackend();
    expect(backendInfo()).toMatchObject({ name: "wasm" });
  });
});
