/** An operation that the device refuses gives no numbers, instead of those that happen to be in its memory. */
import { isHyperfuncError } from "@hyperfunc/core";
import { useBackend } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";
import { check } from "./checks.js";

interface Device {
  createShaderModule(shader: { readonly code: string }): unknown;
}

export async function checkRefusals(): Promise<void> {
  await useBackend("webgpu");
  const device = Reflect.get(tf.backend(), "device") as Device;
  device.createShaderModule({ code: "no shader" });
  const [read] = await Promise.allSettled([squares()]);
  check(
    "a refused operation ends the next read",
    read.status === "rejected" &&
      isHyperfuncError(read.reason, "INVALID_STATE") &&
      read.reason.message.startsWith("WebGPU refused an operation"),
    read.status === "rejected" ? String(read.reason).split("\n", 1)[0] : "was read",
  );
  await useBackend("webgpu");
  check("choosing the backend again begins anew", String(await squares()) === "1,4,9");
}

async function squares(): Promise<readonly number[]> {
  const result = tf.tidy(() => tf.square([1, 2, 3]));
  try {
    return Array.from(await result.data());
  } finally {
    result.dispose();
  }
}
