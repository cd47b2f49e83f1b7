/** The middle of an optimisation: each optimizer in turn, every step recorded, looked at on validation and saved. */
import type { Budget } from "../budget/budget.js";
import type { CallRecord } from "../context/call-journal.js";
import { runInFrame, type RunServices } from "../context/frame.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { EvaluationMode } from "../evaluation/evaluate-population.js";
import type { Measured } from "../evaluation/measure.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import type { SavedState } from "../parameters/saved-state.js";
import type { Registry } from "../system/registry.js";
import type { Checkpointing, InitialScores } from "./checkpointing.js";
import type { HistoryEntry, OptimizeOptions } from "./options.js";
import type { Optimizer, OptimizerAccount, StepReport } from "./optimizer.js";
import { ProblemRun, type ProblemSetting } from "./problem-run.js";
import { ProgressReporter } from "./progress.js";
import type { RunIdentity } from "./run-identity.js";

export interface SearchRequest {
  readonly optimizers: readonly Optimizer[];
  readonly setting: (optimizer: string, state: ParameterState) => ProblemSetting;
  readonly options: OptimizeOptions;
  readonly services: RunServices;
  readonly budget: Budget;
  readonly registry: Registry;
  readonly checkpoints: Checkpointing;
  readonly identify: () => RunIdentity;
  /** Calls of the probe run. */
  readonly probe: readonly CallRecord[];
  readonly initial: InitialScores;
  readonly initialState: ParameterState;
  readonly measureValidation: ((state: ParameterState, label: string) => Promise<Measured>) | undefined;
}

export interface Searched {
  /** Parameters after the last step. */
  readonly state: ParameterState;
  /** The best parameters that a look at the validation examples has seen, unless they are the last ones. */
  readonly better: ParameterState | undefined;
  readonly account: OptimizerAccount;
  readonly history: readonly HistoryEntry[];
  readonly mode: EvaluationMode | undefined;
  readonly reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
}

export async function search(request: SearchRequest): Promise<Searched> {
  const { optimizers, checkpoints, registry, options, services } = request;
  const { restored, history } = checkpoints;
  const progress = new ProgressReporter(options, services, registry.layouts, history);
  let step = restored?.step ?? 0;
  let state = restored === undefined ? request.initialState : registry.readState(restored.state);
  let best = restored?.best
    ? { ...restored.best, state: registry.readState(restored.best.state) }
    : undefined;
  let account: OptimizerAccount = {
    stopReason: "finished",
    proposals: restored?.proposals ?? { accepted: 0, rejected: 0, failed: 0 },
  };
  let way: Pick<ProblemRun, "mode" | "reasons"> = {
    mode: restored?.mode ?? undefined,
    reasons: restored?.reasons ?? {},
  };

  const look = async (report: StepReport, entry: HistoryEntry): Promise<HistoryEntry> => {
    const every = options.validateEvery;
    if (request.measureValidation === undefined || every === undefined || report.step % every !== 0)
      return entry;
    const { score } = await request.measureValidation(report.state, `validation:${step}`);
    if (score === undefined) return entry;
    if (best === undefined || score > best.score) best = { score, step, state: report.state };
    return { ...entry, validation: score };
  };
  const known = registry.hyperfunctions;
  const saved = (parameters: ParameterState): SavedState => registry.saveState(parameters, known);
  const initialState = saved(request.initialState);
  const saving = new OverlappedSave();
  const save = (phase: number, report: StepReport, entry: HistoryEntry): Promise<void> =>
    checkpoints.save(step, entry, () => ({
      identity: request.identify(),
      phase,
      optimizerState: report.optimizerState,
      proposals: account.proposals,
      mode: way.mode ?? null,
      reasons: way.reasons,
      state: saved(report.state),
      best: best === undefined ? null : { ...best, state: saved(best.state) },
      initialState,
      initial: request.initial,
      budget: request.budget.toJson(),
      usage: services.usage.totals,
      probe: request.probe,
    }));

  for (const [phase, optimizer] of optimizers.entries()) {
    if (phase < (restored?.phase ?? 0)) continue;
    const problem = new ProblemRun(request.setting(optimizer.name, state), {
      phase,
      step,
      way,
      restored: phase === restored?.phase ? restored.optimizerState : undefined,
      onStep: async (report, entry) => {
        state = report.state;
        step += 1;
        way = problem;
        const looked = await look(report, entry);
        await saving.next(() => save(phase, report, looked), services.usage.totals.calls);
        await progress.report(looked, report);
      },
    });
    try {
      account = total(account, await runOptimizer(optimizer, problem, options.signal));
    } finally {
      await saving.settled();
    }
    way = problem;
    await saving.done();
    if (account.stopReason === "aborted" || account.stopReason === "budget" || account.stopReason === "time")
      break;
  }
  const better = best === undefined || best.step === step ? undefined : best.state;
  return { state, better, account, history, mode: way.mode, reasons: way.reasons };
}

/**
 * Writes a step while the next one is computed, if repeating a step costs nothing but time. A step that paid for calls
 * is written before the next begins, because its recorded calls are forgotten by the checkpoint that follows them.
 */
class OverlappedSave {
  #last: Promise<void> = Promise.resolve();
  #calls = 0;

  async next(save: () => Promise<void>, calls: number): Promise<void> {
    await this.#last;
    this.#last = save();
    this.#last.catch(() => undefined); // thrown by the await of the next step, or of done()
    if (calls > this.#calls) await this.#last;
    this.#calls = calls;
  }

  done(): Promise<void> {
    return this.#last;
  }

  /** Waits until nothing is written any more, whether or not that went well. */
  settled(): Promise<void> {
    return this.#last.catch(() => undefined);
  }
}

/** An exhausted budget and an abort end the search; what was found until then counts. */
async function runOptimizer(
  optimizer: Optimizer,
  problem: ProblemRun,
  signal: AbortSignal | undefined,
): Promise<OptimizerAccount> {
  const proposals = { accepted: 0, rejected: 0, failed: 0 };
  try {
    return await runInFrame(problem.frame, () => optimizer.optimize(problem));
  } catch (error) {
    if (isHyperfuncError(error, "BUDGET_EXHAUSTED")) {
      return { stopReason: error.details["limit"] === "maxMs" ? "time" : "budget", proposals };
    }
    if (signal?.aborted === true) return { stopReason: "aborted", proposals };
    throw error;
  }
}

function total(before: OptimizerAccount, after: OptimizerAccount): OptimizerAccount {
  const [a, b] = [before.proposals, after.proposals];
  return {
    stopReason: after.stopReason,
    proposals: {
      accepted: a.accepted + b.accepted,
      rejected: a.rejected + b.rejected,
      failed: a.failed + b.failed,
    },
  };
}
