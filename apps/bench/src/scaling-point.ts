/** One point of the scaling curves: `scaling-point.ts '{"candidates":…,"examples":…,"width":…,"rank":…}'`. */
import * as tf from "@tensorflow/tfjs-core";
import { accuracy, useBackend } from "@hyperfunc/es";
import { mlp } from "./mlp.js";
import { lowRankPopulation } from "./population.js";
import type { MeasuredPoint, Point } from "./scaling.js";

const ROUNDS = 3;

await useBackend("wasm");
const point = JSON.parse(process.argv[2] ?? "{}") as Point;
const { system, data } = mlp(point.width, point.examples);
const population = lowRankPopulation(point.width, point.candidates, point.rank);
let bestMs = Infinity;
for (let round = 0; round <= ROUNDS; round++) {
  const start = performance.now();
  await system.evaluatePopulation(population, data, accuracy, { mode: "vectorised" });
  if (round > 0) bestMs = Math.min(bestMs, performance.now() - start);
}
const { wasm } = tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } };
const result: MeasuredPoint = { ...point, bestMs, heapMiB: wasm.HEAPU8.byteLength / 2 ** 20 };
console.log(JSON.stringify(result));
