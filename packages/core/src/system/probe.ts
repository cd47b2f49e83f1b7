/** One run that shows which hyperfunctions a program calls and which of them call models or tools. */
import { ProbeJournal } from "../context/call-journal.js";
import type { RunServices } from "../context/frame.js";
import { runCell, type Cell, type Evaluation } from "../evaluation/evaluation.js";
import type { Example } from "../evaluation/example.js";
import { exampleKeys } from "../evaluation/measure.js";
import { toScoring } from "../evaluation/metric.js";
import { settleOnAbort } from "../evaluation/settle-on-abort.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import type { Registry } from "./registry.js";

/**
 * Runs the program on one example with the current parameters. What the program does with a failure is left to the
 * evaluation that follows; here it only means that the program is not known to its end.
 */
export async function probe(
  registry: Registry,
  example: Example,
  services: RunServices,
  signal: AbortSignal | undefined,
): Promise<Cell> {
  const engine = tensorEngine();
  await engine?.ready();
  const scope = engine?.openScope(undefined);
  const evaluation: Evaluation = {
    host: registry,
    examples: [example],
    keys: exampleKeys([example]),
    scoring: toScoring(() => 0),
    services,
    signal,
    onError: undefined,
    keepOutputs: false,
    candidateOffset: 0,
  };
  const source = registry.parametersOf(registry.state, scope);
  const run = runCell(evaluation, { candidate: 0, example: 0, source, scope }).finally(() => scope?.close());
  const cell = await settleOnAbort(run, signal);
  if (cell.kind === "output") registry.probed();
  return cell;
}

/** The services of a measurement after a probe, where one is needed, whose calls are not paid a second time. */
export async function probed(
  registry: Registry,
  examples: readonly Example[],
  services: RunServices,
  signal: AbortSignal | undefined,
): Promise<RunServices> {
  const [first] = examples;
  if (registry.complete || first === undefined) return services;
  const journal = new ProbeJournal();
  await probe(registry, first, { ...services, journal }, signal);
  return { ...services, journal: journal.after() };
}
