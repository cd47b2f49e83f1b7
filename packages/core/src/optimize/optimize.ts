/**
 * One optimisation: measure, search with each optimizer in turn, measure again, keep the result only if it is better.
 *
 * The system's parameters change once, at the end. Until then everything is an overlay, so that a failure leaves the
 * system as it was.
 */
import { Budget } from "../budget/budget.js";
import { ProbeJournal } from "../context/call-journal.js";
import type { RunServices } from "../context/frame.js";
import { UsageMeter } from "../context/usage-meter.js";
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Cell } from "../evaluation/evaluation.js";
import type { Example } from "../evaluation/example.js";
import { knownScores, measure, requireScore, type Measured } from "../evaluation/measure.js";
import { toScoring, type Metric, type Scoring } from "../evaluation/metric.js";
import { isTrainable, type AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { withEntries, type ParameterState } from "../parameters/parameter-state.js";
import { programFingerprint } from "../parameters/saved-state.js";
import type { Registry } from "../system/registry.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import {
  Checkpointing,
  PROBE,
  storableCalls,
  type InitialScores,
  type RunCheckpoint,
} from "./checkpointing.js";
import { conclude } from "./conclude.js";
import { estimated } from "./dry-run.js";
import { finalCost } from "./final-cost.js";
import { checkOptimizeOptions, type OptimizeOptions, type OptimizeResult } from "./options.js";
import type { Optimizer } from "./optimizer.js";
import { ProblemRun, type ProblemSetting } from "./problem-run.js";
import { checkIdentity, identifyRun, type RunIdentity } from "./run-identity.js";
import { search, type Searched } from "./search.js";

export interface OptimizeRequest {
  readonly registry: Registry;
  readonly optimizers: readonly Optimizer[];
  readonly services: RunServices;
  readonly train: readonly Example[];
  readonly metric: Metric<never, never, never>;
  readonly options: OptimizeOptions;
  /** Finds the program's hyperfunctions with one run. */
  readonly probe: (example: Example, services: RunServices) => Promise<Cell>;
}

/** @throws INVALID_ARGUMENT, INVALID_STATE, ABORTED, CHECKPOINT_MISMATCH before any work. */
export async function optimize(request: OptimizeRequest): Promise<OptimizeResult> {
  const { optimizers, options, registry } = request;
  checkOptimizeOptions(request.train, options);
  const scoring = toScoring(request.metric);
  const budget = new Budget(options.budget ?? {}, { clock: request.services.clock });
  if (optimizers.length === 0) {
    throw new HyperfuncError(
      "INVALID_STATE",
      `System "${registry.name}" has no optimizer; give systemOptimizer, promptOptimizer or optimizer to its constructor.`,
    );
  }
  const optimization = new Optimization(request, scoring, budget);
  return options.dryRun === true ? optimization.dryRun() : optimization.run();
}

/** The data and services of one optimisation; `run` reads top to bottom. */
class Optimization {
  readonly #registry: Registry;
  readonly #optimizers: readonly Optimizer[];
  readonly #options: OptimizeOptions;
  readonly #train: readonly Example[];
  readonly #validation: readonly Example[] | undefined;
  readonly #warnings: string[] = [];
  readonly #usage = new UsageMeter();
  readonly #seed: number;
  #knownIdentity: Omit<RunIdentity, "program"> | undefined;
  #services: RunServices;
  #budget: Budget;

  constructor(
    readonly request: OptimizeRequest,
    readonly scoring: Scoring,
    budget: Budget,
  ) {
    const { registry, train, options, optimizers, services } = request;
    this.#registry = registry;
    this.#optimizers = optimizers;
    this.#options = options;
    this.#train = [...train];
    this.#validation = options.validation === undefined ? undefined : [...options.validation];
    this.#budget = budget;
    this.#seed = options.seed ?? registry.seed;
    this.#services = {
      ...services,
      label: PROBE,
      budget,
      usage: this.#usage,
      warn: (message) => void this.#warnings.push(message),
    };
  }

  async run(): Promise<OptimizeResult> {
    await tensorEngine()?.ready();
    const { checkpoint, resume = "auto" } = this.#options;
    const checkpoints = await Checkpointing.open(checkpoint, resume, this.#services.warn);
    const { restored } = checkpoints;
    if (restored !== undefined) checkIdentity(restored, this.#identity);
    const probing = new ProbeJournal(checkpoints.journal);
    const [first] = this.#train;
    const cell = first && (await this.request.probe(first, { ...this.#services, journal: probing }));
    // What the infrastructure kept from running to its end is not known well enough to be improved.
    if (cell?.kind === "missing") throw cell.error;
    this.#services = { ...this.#services, journal: probing.after() };
    const problem = new ProblemRun(this.#setting(this.#registry.state, ""));
    for (const optimizer of this.#optimizers) {
      optimizer.check?.(problem);
    }
    const program = programFingerprint(this.#registry.hyperfunctions);
    if (restored !== undefined) this.#restore(restored, program);
    const initialState =
      restored === undefined ? this.#registry.state : this.#registry.readState(restored.initialState);
    const initial = restored?.initial ?? (await this.#measureInitial(initialState));
    const reserve = this.#reserveFinal(initial);
    const known = new Set(this.#registry.hyperfunctions);
    const searched = await search({
      optimizers: this.#optimizers,
      setting: (optimizer, state) => this.#setting(state, optimizer),
      options: this.#options,
      services: this.#services,
      budget: this.#budget,
      registry: this.#registry,
      checkpoints,
      identify: () => ({ ...this.#identity, program }),
      probe: storableCalls(probing.records),
      initial,
      initialState,
      measureValidation:
        this.#validation &&
        ((state, label) => this.#measure(this.#validation ?? [], state, label, this.#budget)),
    });
    reserve.release();
    this.#warnOfLate(known);
    return this.#conclude(initial, initialState, searched);
  }

  /** Made when a checkpoint needs it. */
  get #identity(): Omit<RunIdentity, "program"> {
    return (this.#knownIdentity ??= identifyRun({
      train: this.#train,
      validation: this.#validation,
      metric: this.request.metric,
      optimizers: this.#optimizers,
      seed: this.#seed,
      systemSeed: this.#registry.seed,
    }));
  }

  /** Continues the interrupted run's ledger, together with what this one's probe had to pay. */
  #restore(restored: RunCheckpoint, program: string): void {
    checkIdentity(restored, { program });
    const { calls, tokens, usd } = this.#budget.spent;
    const { spent } = restored.budget;
    const together = {
      runs: spent.runs,
      calls: spent.calls + calls,
      tokens: spent.tokens + tokens,
      usd: spent.usd + usd,
    };
    this.#budget = Budget.fromJson(
      { ...restored.budget, spent: together },
      { limits: this.#options.budget ?? {}, clock: this.#services.clock },
    );
    this.#usage.add(restored.usage);
    this.#services = { ...this.#services, budget: this.#budget };
  }

  #warnOfLate(known: ReadonlySet<AnyHyperfunction>): void {
    const late = this.#registry.hyperfunctions.filter((each) => !known.has(each) && isTrainable(each));
    for (const { name } of late) {
      this.#services.warn(
        `"${name}" was first called during the search, so its parameters were not searched; list it in the system's hyperfunctions, or discover it with an example that reaches it.`,
      );
    }
  }

  #setting(state: ParameterState, optimizer: string): ProblemSetting {
    return {
      registry: this.#registry,
      optimizer,
      train: this.#train,
      validation: this.#validation,
      scoring: this.scoring,
      services: this.#services,
      signal: this.#options.signal,
      onError: this.#options.onError,
      feedbackFn: this.#options.feedbackFn,
      state,
      seed: this.#seed,
    };
  }

  async #measureInitial(state: ParameterState): Promise<InitialScores> {
    const measured = await this.#measure(this.#train, state, PROBE, this.#budget);
    const train = requireScore(measured, this.#train.length);
    const [failed] = measured.failures;
    if (failed !== undefined) {
      const count = `${measured.failures.length} of ${this.#train.length}`;
      this.#services.warn(`${count} runs of the first measurement failed; the first: ${failed.message}`);
    }
    const training = this.#budget.spent;
    const held =
      this.#validation && (await this.#measure(this.#validation, state, "initial-validation", this.#budget));
    const cost = finalCost({
      training,
      total: this.#budget.spent,
      // With looks at validation, the best parameters and the last ones are both measured on it.
      validated: this.#options.validateEvery === undefined ? 1 : 2,
      bound: this.#usage.largestBound,
    });
    if (held === undefined) return { train, validation: null, validationScores: null, cost };
    const validation = requireScore(held, this.#validation?.length ?? 0);
    return { train, validation, validationScores: knownScores(held) ?? null, cost };
  }

  #measure(
    examples: readonly Example[],
    state: ParameterState,
    label: string,
    budget: Budget,
  ): Promise<Measured> {
    return measure({
      host: this.#registry,
      state,
      examples,
      scoring: this.scoring,
      services: { ...this.#services, budget, label },
      signal: this.#options.signal,
      onError: this.#options.onError,
      keepOutputs: false,
    });
  }

  /** Sets aside what the final measurement will need, before the search can spend it. */
  #reserveFinal({ cost }: InitialScores): ReturnType<Budget["reserve"]> {
    try {
      return this.#budget.reserve(cost);
    } catch (error) {
      if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) throw error;
      throw new HyperfuncError(
        "BUDGET_EXHAUSTED",
        `The budget allows the first measurement (${cost.runs} runs, ${cost.calls} calls) but not the final one too; allow more than twice as much. ${error.message}`,
        { details: error.details, cause: error },
      );
    }
  }

  async #conclude(
    initial: InitialScores,
    initialState: ParameterState,
    { state, better, account, history, mode, reasons }: Searched,
  ): Promise<OptimizeResult> {
    // The search is over, so nothing competes for what is left; only its time limit no longer applies.
    const limits = { ...this.#budget.limits, maxMs: undefined };
    const ending = Budget.fromJson(this.#budget.toJson(), { limits, clock: this.#services.clock });
    const validation = this.#validation;
    const conclusion = await conclude({
      initial,
      aborted: account.stopReason === "aborted",
      candidates: better === undefined ? [state] : [better, state],
      measureTrain: (candidate) => this.#measure(this.#train, candidate, "final", ending),
      measureValidation:
        validation && ((candidate) => this.#measure(validation, candidate, "final-validation", ending)),
      warn: this.#services.warn,
    });
    // What the program called for the first time during the search keeps its values.
    this.#registry.state = withEntries(this.#registry.state, conclusion.state ?? initialState);
    return {
      initialScore: initial.train,
      finalScore: conclusion.finalScore,
      ...(conclusion.validation === undefined ? {} : { validation: conclusion.validation }),
      accepted: conclusion.state !== undefined,
      history,
      mode,
      reasons,
      ...account,
      usage: { ...this.#usage.totals, runs: ending.spent.runs, elapsedMs: ending.elapsedMs },
      warnings: this.#warnings,
    };
  }

  dryRun(): OptimizeResult {
    const problem = new ProblemRun(this.#setting(this.#registry.state, ""));
    if (!this.#registry.complete) {
      this.#services.warn(
        "The program is not known yet, so the estimate may miss parameters; discover it with an example first, or list its hyperfunctions.",
      );
    }
    return estimated(problem, this.#optimizers, this.#warnings);
  }
}
