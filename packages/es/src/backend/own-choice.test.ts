import { expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "./first-backend.js";
import { readyBackend } from "./use-backend.js";

it("brings its kernels to a backend that the user loads", async () => {
  await import("@tensorflow/tfjs-backend-wasm");
  await tf.setBackend("wasm");
  expect(tf.tidy(() => tf.einsum("i,i->", tf.ones([3]), tf.ones([3])).arraySync())).toBe(3);
});

it("stays on the backend that the user set before the first run, even the slow one", async () => {
  await tf.setBackend("cpu");
  await readyBackend();
  expect(tf.getBackend()).toBe("cpu");
});
