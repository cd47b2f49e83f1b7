/**
 * Runs the package on WebGPU, in Node through the package `webgpu`.
 *
 * scripts/webgpu.mjs runs it in a project of its own, into which the packages were installed as a user would.
 */
import { backendInfo, useBackend } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";
import { checkBatching } from "./batching.js";
import { check, verdict } from "./checks.js";
import { checkPopulations } from "./populations.js";
import { checkReads } from "./reads.js";
import { checkRefusals } from "./refusals.js";

const automatic = await useBackend("auto");
const reason = automatic.rejected.find(({ name }) => name === "webgpu")?.reason ?? "";
const isSoftware = reason.includes("computes in software");
check(
  "auto takes WebGPU only from a GPU",
  automatic.name === (isSoftware ? "wasm" : "webgpu"),
  reason || automatic.name,
);

await useBackend("webgpu");
const { name, kernels, rejected } = backendInfo();
check("useBackend", name === "webgpu" && kernels === "generic" && rejected.length === 0);

await checkPopulations();
tf.env().set("WEBGPU_CPU_FORWARD", false); // small operations too are computed on the device from here on
await checkBatching();
await checkPopulations();
await checkReads();
await checkRefusals();
process.exitCode = verdict();
