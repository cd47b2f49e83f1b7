/** What each group of parameters is worth: the score without it, beside the score with it. */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import { requireScore } from "../evaluation/measure.js";
import { mean, type Metric } from "../evaluation/metric.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import type { Interval } from "../statistics/mean-interval.js";
import { pairedDifference } from "../statistics/paired-difference.js";
import type { FlowResponse } from "../system/agent.js";
import { measureState, type HyperSystem } from "../system/hyper-system.js";
import { ablatedStates, type AblationPlan } from "./ablated-states.js";

export interface AblateOptions extends AblationPlan {
  /** Repeats of every measurement, for programs with randomness of their own. Default 1. */
  readonly repeats?: number;
}

export interface AblationRow {
  /** What was set back to its initial values. */
  readonly group: string;
  readonly score: number;
  /** Score without the group minus score with it: negative where the group helps. */
  readonly change: number;
  /** 95 % interval of the change: paired over examples, or over repeats for aggregate metrics. */
  readonly interval: Interval | undefined;
}

export interface Ablation {
  /** Score of the system as it is. */
  readonly baseline: number;
  readonly rows: readonly AblationRow[];
  toMarkdown(): string;
}

/**
 * Measures what each group of parameters contributes, by setting it back to its initial values.
 *
 * Groups are paths or their beginnings: `gate`, `gate.hp.threshold`, `ask.prompt`. The system is not changed.
 *
 * @throws UNKNOWN_PATH for a path that matches nothing, INVALID_ARGUMENT for bad options.
 * @example
 * import { ablate, defineHpType, hyperfunction, hyperSystem, perExample } from "@hyperfunc/core";
 * const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: 0, max: 4 } } });
 * const scale = hyperfunction({ name: "scale", hpType: Gain, optimizeHparams: true }, (x: number, { hp }) => x * hp.gain);
 * const system = hyperSystem({ name: "scaling", hyperfunctions: [scale] }, (x: number) => scale(x));
 * system.setHpState({ scale: [2] });
 * const error = perExample((output: number, expected: number) => -Math.abs(output - expected));
 * const table = await ablate(system, [{ inputs: 1, expected: 2 }, { inputs: 2, expected: 4 }], error);
 * console.log(table.rows[0]?.change); // -1.5
 */
export async function ablate<
  Input,
  Output,
  Expected,
  Response extends Output | FlowResponse<Output> = Output,
>(
  system: HyperSystem<Input, Output, Response>,
  examples: readonly Example<Input, Expected>[],
  metric: Metric<Input, Output, Expected>,
  options: AblateOptions = {},
): Promise<Ablation> {
  const { repeats = 1 } = options;
  if (!(Number.isInteger(repeats) && repeats > 0)) {
    throw invalidArgument(`repeats must be a positive whole number, got ${repeats}.`);
  }
  checkExamples(examples, "examples");
  const repeated = async (
    state: ParameterState | undefined,
  ): Promise<{ score: number; values: number[] }> => {
    const scores: number[] = [];
    const judged: number[][] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const measured = await measureState(system, examples, metric, state);
      scores.push(requireScore(measured, examples.length));
      if (measured.scores !== undefined) judged.push(measured.scores.map((score) => score ?? NaN));
    }
    return { score: mean(scores), values: judged.length > 0 ? meanPerExample(judged) : scores };
  };
  const full = await repeated(undefined);
  const rows: AblationRow[] = [];
  for (const { group, state } of ablatedStates(system, options)) {
    const without = await repeated(state);
    const { interval } = pairedDifference(without.values, full.values);
    rows.push({ group, score: without.score, change: without.score - full.score, interval });
  }
  return { baseline: full.score, rows, toMarkdown: () => toMarkdown(full.score, rows) };
}

function meanPerExample(repeats: readonly (readonly number[])[]): number[] {
  const [first = []] = repeats;
  return first.map((_, example) => mean(repeats.map((scores) => scores[example] ?? NaN)));
}

function toMarkdown(baseline: number, rows: readonly AblationRow[]): string {
  const number = (value: number): string => value.toPrecision(4);
  const lines = rows.map(({ group, score, change, interval }) => {
    const range = interval === undefined ? "" : `${number(interval.low)} to ${number(interval.high)}`;
    return `| ${group} | ${number(score)} | ${number(change)} | ${range} |`;
  });
  return [
    `Score of the whole system: ${number(baseline)}`,
    "",
    "| without | score | change | 95 % interval |",
    "| --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
