/** The `Problem` of one optimizer within one `optimize`: budgeted evaluation, and what happens at the end of a step. */
import { bareFrame } from "../context/bare-run.js";
import type { Frame, RunServices } from "../context/frame.js";
import { invalidArgument } from "../errors/hyperfunc-error.js";
import { evaluatePopulation, type EvaluationMode } from "../evaluation/evaluate-population.js";
import type { OnError } from "../evaluation/evaluation.js";
import type { Example } from "../evaluation/example.js";
import { exampleKeys } from "../evaluation/measure.js";
import { mean, type Scoring } from "../evaluation/metric.js";
import type { HyperfunctionLayout, Leaf } from "../parameters/layout.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import type { Population } from "../parameters/population.js";
import { createRng, type Rng } from "../rng/rng.js";
import type { Registry } from "../system/registry.js";
import { evaluateSpread } from "./evaluate-spread.js";
import type { HistoryEntry } from "./options.js";
import type {
  EvaluateOptions,
  FeedbackFn,
  Json,
  PopulationScores,
  Problem,
  StepReport,
  StopReason,
} from "./optimizer.js";

export interface ProblemSetting {
  readonly registry: Registry;
  readonly optimizer: string;
  readonly train: readonly Example[];
  readonly validation: readonly Example[] | undefined;
  readonly scoring: Scoring;
  readonly services: RunServices;
  readonly signal: AbortSignal | undefined;
  readonly onError: OnError | undefined;
  readonly feedbackFn: FeedbackFn | undefined;
  readonly state: ParameterState;
  /** Seeds the search; draws of the program itself are keyed by the system's seed. */
  readonly seed: number;
}

/** What ties a problem to its place in a search. */
export interface SearchPosition {
  /** Position in the list of optimizers. */
  readonly phase: number;
  /** Steps of all optimizers so far. */
  readonly step: number;
  /** How candidates were evaluated last. */
  readonly way: Pick<ProblemRun, "mode" | "reasons">;
  readonly restored: Json | undefined;
  /** Called at the end of each step, in order. */
  readonly onStep: (report: StepReport, entry: HistoryEntry) => Promise<void>;
}

const NOWHERE: SearchPosition = {
  phase: 0,
  step: 0,
  way: { mode: undefined, reasons: {} },
  restored: undefined,
  onStep: () => Promise.resolve(),
};

export class ProblemRun implements Problem {
  readonly leaves: readonly Leaf[];
  readonly layouts: ReadonlyMap<string, HyperfunctionLayout>;
  readonly prompts: readonly AnyHyperfunction[];
  readonly train: readonly Example[];
  readonly validation: readonly Example[] | undefined;
  readonly feedbackFn: FeedbackFn | undefined;
  readonly hasPerExampleScores: boolean;
  readonly seed: number;
  readonly systemSeed: number;
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
  readonly restored: Json | undefined;
  readonly state: ParameterState;
  /** Where the optimizer runs, so that its own calls of models are budgeted and journalled like the program's. */
  readonly frame: Frame;
  mode: EvaluationMode | undefined;
  reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
  #missing = 0;
  #evaluations = 0;
  #step: number;
  readonly #setting: ProblemSetting;
  readonly #position: SearchPosition;
  readonly #keys: readonly (string | number)[];
  readonly #startedAt: number;

  constructor(setting: ProblemSetting, position: SearchPosition = NOWHERE) {
    const { registry, train, scoring, services, state, seed } = setting;
    this.#position = position;
    this.#setting = setting;
    this.#step = position.step;
    this.mode = position.way.mode;
    this.reasons = position.way.reasons;
    // What the program calls for the first time during the search has no values in its states.
    this.layouts = new Map([...registry.layouts].filter(([name]) => state.values.has(name)));
    this.leaves = [...this.layouts.values()].flatMap((layout) => layout.leaves);
    this.prompts = registry.trainablePrompts().filter(({ name }) => state.prompts.has(name));
    this.train = train;
    this.validation = setting.validation;
    this.feedbackFn = setting.feedbackFn;
    this.hasPerExampleScores = scoring.one !== undefined;
    this.seed = seed;
    this.systemSeed = registry.seed;
    this.rng = createRng(seed, "optimize", setting.optimizer);
    this.signal = setting.signal;
    this.restored = position.restored;
    this.state = state;
    this.frame = this.#openFrame();
    this.#keys = exampleKeys(train);
    this.#startedAt = services.clock.now();
  }

  async evaluate(
    population: Population,
    { indices, elsewhere }: EvaluateOptions = {},
  ): Promise<PopulationScores> {
    const { registry, scoring, services, signal, onError } = this.#setting;
    if (indices?.length === 0) throw invalidArgument("evaluate needs at least one of indices; got none.");
    const examples = indices === undefined ? this.train : indices.map((index) => this.#example(index));
    const keys = indices === undefined ? this.#keys : indices.map((index) => this.#keys[index] ?? index);
    const label = this.#label(this.#evaluations++);
    const evaluation = {
      host: registry,
      examples,
      keys,
      scoring,
      services: { ...services, label },
      signal,
      onError,
      keepOutputs: false,
      candidateOffset: 0,
    };
    const spread = elsewhere && (await evaluateSpread(evaluation, population, elsewhere));
    if (spread !== undefined && spread.obstacle === undefined) {
      this.#missing += spread.scores.filter((score) => score === undefined).length;
      return {
        ...spread,
        perExample: spread.scores.map(() => undefined),
        mode: elsewhere?.mode ?? "vectorised",
      };
    }
    const { candidates, mode, reasons } = await evaluatePopulation(evaluation, population);
    this.mode = mode;
    this.reasons = reasons;
    this.#missing += candidates.filter((candidate) => candidate.score === undefined).length;
    return {
      scores: candidates.map((candidate) => candidate.score),
      // Made when an optimizer asks; evolution strategies never do.
      get perExample() {
        return candidates.map((candidate) => candidate.scores);
      },
      mode,
      failures: candidates.flatMap((candidate) => candidate.failures),
      ...(spread?.obstacle === undefined ? {} : { alone: spread.obstacle }),
    };
  }

  /** Names a part of the current step to the journal of paid calls; the same after a resume. */
  #label(part: number | string): string {
    return `${this.#position.phase}:${this.#step}:${part}`;
  }

  #openFrame(): Frame {
    const { services, optimizer, signal } = this.#setting;
    const label = (): string => this.#label("optimizer");
    const own: RunServices = {
      ...services,
      get label() {
        return label();
      },
    };
    return bareFrame(own, { path: `/${optimizer}`, exampleKey: "optimizer", signal });
  }

  #example(index: number): Example {
    const entry = this.train[index];
    if (entry !== undefined) return entry;
    throw invalidArgument(`There is no training example ${index}; there are ${this.train.length}.`);
  }

  async step(report: StepReport): Promise<void> {
    const known = report.scores.filter((score) => score !== undefined);
    const average = known.length === 0 ? undefined : mean(known);
    const entry: HistoryEntry = {
      optimizer: this.#setting.optimizer,
      step: report.step,
      best: known.length === 0 ? undefined : known.reduce((high, score) => Math.max(high, score)),
      mean: average,
      std: average === undefined ? undefined : Math.sqrt(mean(known.map((score) => (score - average) ** 2))),
      missing: this.#missing,
      elapsedMs: this.#setting.services.clock.now() - this.#startedAt,
    };
    this.#missing = 0;
    await this.#position.onStep(report, entry);
    this.#evaluations = 0;
    this.#step += 1;
    this.frame.restart();
  }

  stopReason(): StopReason | undefined {
    if (this.signal?.aborted === true) return "aborted";
    return this.#setting.services.budget?.expired() === true ? "time" : undefined;
  }

  warn(message: string): void {
    this.#setting.services.warn(message);
  }
}
