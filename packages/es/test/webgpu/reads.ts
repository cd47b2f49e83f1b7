/** Reads: asynchronous ones everywhere, and what is said to somebody who wants to read synchronously. */
import { isHyperfuncError } from "@hyperfunc/core";
import { crossEntropy, useBackend } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";
import { check, checkTensors } from "./checks.js";
import { candidates, classifier, drawData, readingSync, twoLayers, type Data } from "./systems.js";

export async function checkReads(): Promise<void> {
  await useBackend("webgpu");
  const data = drawData();
  const before = tf.memory().numTensors;
  await checkPlainTensors();
  await checkRows(data);
  await checkAbort(data);
  await checkTensors("tensors after the reads", before);
}

async function checkPlainTensors(): Promise<void> {
  const made = tf.tensor1d([1, 2, 3]);
  check("dataSync of values that are still on the host", String(made.dataSync()) === "1,2,3");
  const computed = tf.square(made);
  check(
    "dataSync of values on the device is refused",
    refuses(() => computed.dataSync()),
  );
  await useBackend("wasm");
  check(
    "so is their move to another backend",
    refuses(() => tf.square(computed)),
  );
  await computed.data();
  const moved = tf.square(computed);
  check("values that were read can move", String(moved.dataSync()) === "1,16,81");
  await useBackend("webgpu");
  tf.dispose([made, computed, moved]);
}

async function checkRows(data: Data): Promise<void> {
  const system = classifier(readingSync);
  const options = { mode: "wavefront" } as const;
  const [refusal] = await Promise.allSettled([
    system.evaluatePopulation(candidates(system, 3), data, crossEntropy, options),
  ]);
  check(
    "dataSync between calls ends the evaluation with the remedy",
    refusal.status === "rejected" && isRefusal(refusal.reason),
    refusal.status === "rejected" ? String(refusal.reason) : "was not refused",
  );
}

/** An unhandled rejection of a read that was under way would end this program. */
async function checkAbort(data: Data): Promise<void> {
  const interruption = new AbortController();
  const system = classifier(async ({ x }) => {
    const output = await twoLayers({ x });
    const reading = output.data();
    interruption.abort();
    await reading;
    return output;
  });
  const options = { mode: "wavefront", signal: interruption.signal } as const;
  const [end] = await Promise.allSettled([
    system.evaluatePopulation(candidates(system, 3), data, crossEntropy, options),
  ]);
  check("an abort during a read", end.status === "rejected" && isHyperfuncError(end.reason, "ABORTED"));
}

function refuses(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    return isRefusal(error);
  }
}

function isRefusal(error: unknown): boolean {
  return isHyperfuncError(error, "INVALID_STATE") && error.message.includes("await tensor.data() first");
}
