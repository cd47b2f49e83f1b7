/**
 * One evaluation spread over this thread and others, with the budget of one thread.
 *
 * Either all shares count, or none does and the caller evaluates the whole population in the ordinary way.
 */
import type { Budget } from "../budget/budget.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { settleOnAbort } from "../evaluation/settle-on-abort.js";
import type { Population } from "../parameters/population.js";
import { evaluateShare, type Share, type ShareScores } from "./share.js";

/** Where the candidates that this thread leaves out are evaluated. */
export interface Elsewhere {
  /** The candidates of this thread: those before `here`. */
  readonly here: number;
  readonly mode: Share["mode"];
  /** The scores of the candidates from `here` on; called before this thread starts with its own. */
  readonly evaluate: () => Promise<ShareScores>;
}

export async function evaluateSpread(
  evaluation: Evaluation,
  population: Population,
  { here, mode, evaluate }: Elsewhere,
): Promise<ShareScores> {
  const runs = population.size * evaluation.examples.length;
  const { budget } = evaluation.services;
  if (!hasRoom(budget, runs)) return none("the budget does not cover the whole population");
  const reservation = budget?.reserve({ runs });
  try {
    const others = evaluate();
    others.catch(() => undefined); // the error of this thread's share, or an abort, may come first
    const own = evaluateShare(evaluation, population, { from: 0, to: here, mode });
    const shares = await settleOnAbort(Promise.all([own, others]), evaluation.signal);
    const obstacle = shares.find((share) => share.obstacle !== undefined)?.obstacle;
    if (obstacle !== undefined) return none(obstacle);
    reservation?.settle();
    return {
      scores: shares.flatMap(({ scores }) => scores),
      failures: shares.flatMap(({ failures }) => failures),
    };
  } finally {
    reservation?.release();
  }
}

/** Where there is less, evaluation in one thread stops at the very run that it stops at without other threads. */
function hasRoom(budget: Budget | undefined, runs: number): boolean {
  const left = budget?.remaining.runs;
  return left === undefined || left >= runs;
}

function none(obstacle: string): ShareScores {
  return { scores: [], failures: [], obstacle };
}
