/** Populations of whole systems on the device: every way of evaluation, and training, compared with WebAssembly. */
import type { EvaluationMode } from "@hyperfunc/core";
import { crossEntropy, useBackend } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";
import { check, checkClose, checkTensors, valuesOf, type Values } from "./checks.js";
import { candidates, classifier, drawData, programs, twoLayers, type Body, type Data } from "./systems.js";

const TOLERANCE = 1e-4;
/** Undefined is the way that the system chooses. */
const MODES: readonly (EvaluationMode | undefined)[] = [undefined, "wavefront", "concurrent", "loop"];
const GENERATIONS = 8;

export async function checkPopulations(): Promise<void> {
  await useBackend("wasm");
  const wanted = await resultsOn(drawData());
  await useBackend("webgpu");
  const data = drawData();
  const before = tf.memory().numTensors;
  const actual = await resultsOn(data);
  for (const [name, values] of actual) checkClose(name, values, wanted.get(name) ?? [], TOLERANCE);
  await checkTensors("tensors after all evaluations", before);
  const bytes = bytesOnDevice();
  await resultsOn(data);
  await checkTensors("and after the same again", before);
  check("memory on the device does not grow", bytesOnDevice() === bytes, `${bytesOnDevice()} bytes`);
}

function bytesOnDevice(): number {
  return Number(Reflect.get(tf.memory(), "numBytesInGPU"));
}

async function resultsOn(data: Data): Promise<Map<string, Values>> {
  const results = new Map<string, Values>();
  for (const [name, { body, mode: fastest }] of Object.entries(programs)) {
    for (const mode of MODES) {
      const result = await evaluate(body, data, mode);
      if (mode === undefined && result.mode !== fastest) check(`${name} is ${fastest}`, false, result.mode);
      results.set(`${name}, ${result.mode}${mode === undefined ? " by choice" : ""}`, [result.scores]);
    }
  }
  results.set("outputs that outlive the evaluation", await outputsOf(data));
  const system = classifier(twoLayers, GENERATIONS);
  const { mode, finalScore = Number.NaN } = await system.optimize(data, crossEntropy);
  const trained = Object.values(system.getHpState()).map((values) => Array.from(values));
  results.set(`${GENERATIONS} generations, ${mode}`, [[finalScore], ...trained]);
  return results;
}

async function evaluate(
  body: Body,
  data: Data,
  mode: EvaluationMode | undefined,
): Promise<{ mode: EvaluationMode; scores: number[] }> {
  const system = classifier(body);
  const options = mode === undefined ? {} : { mode };
  const result = await system.evaluatePopulation(candidates(system, 7), data, crossEntropy, options);
  return { mode: result.mode, scores: result.scores.map((score) => score ?? Number.NaN) };
}

async function outputsOf(data: Data): Promise<Values> {
  const { outputs } = await classifier(twoLayers).evaluateDetailed(data, () => 0);
  const values = await valuesOf(outputs);
  for (const output of outputs) output?.dispose();
  return values;
}
