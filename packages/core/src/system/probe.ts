/** One run that shows which hyperfunctions a program calls and which of them call models or tools. */
import type { RunServices } from "../context/frame.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { runCell } from "../evaluation/evaluation.js";
import type { Example } from "../evaluation/example.js";
import { exampleKeys } from "../evaluation/measure.js";
import { toScoring } from "../evaluation/metric.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import type { Registry } from "./registry.js";

/**
 * Runs the program on one example with the current parameters. What the program does with a failure is left to the
 * evaluation that follows; here it only ends the probe.
 */
export async function probe(registry: Registry, example: Example, services: RunServices): Promise<void> {
  const engine = tensorEngine();
  await engine?.ready();
  const scope = engine?.openScope(undefined);
  const evaluation: Evaluation = {
    host: registry,
    examples: [example],
    keys: exampleKeys([example]),
    scoring: toScoring(() => 0),
    services,
    signal: undefined,
    onError: undefined,
    keepOutputs: false,
    candidateOffset: 0,
  };
  try {
    await runCell(evaluation, {
      candidate: 0,
      example: 0,
      source: registry.parametersOf(registry.state, scope),
      scope,
    });
  } finally {
    scope?.close();
  }
  registry.completed();
}
