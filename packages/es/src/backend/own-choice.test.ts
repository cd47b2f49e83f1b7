import { expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "./first-backend.js";
import { readyBackend } from "./use-backend.js";

it("stays on the backend that the user set before the first run, even the slow one", async () => {
  await tf.setBackend("cpu");
  await readyBackend();
  expect(tf.getBackend()).toBe("cpu");
});
