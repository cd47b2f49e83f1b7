/** What a scorer is given and gives. */
import type { ScorerInput, ScoreResult } from "@hyperfunc/core";

/** An output beside what was expected; the deterministic scorers read nothing else. */
export type ComparedOutput = Pick<ScorerInput, "output" | "expected"> & Partial<ScorerInput>;

type Details = Readonly<Record<string, unknown>>;

/** A judgement; there is nothing to say about a perfect output. */
export function scored(score: number, feedback: string, details: Details = {}): ScoreResult {
  if (!Number.isFinite(score)) return unjudged(`The score came out as ${score}`, details);
  const clamped = Math.min(1, Math.max(0, score));
  return { score: clamped, feedback: clamped === 1 ? "" : feedback, details, status: "ok" };
}

/** No judgement could be made: the example counts as missing, not as failed. */
export function unjudged(error: string, details: Details = {}): ScoreResult {
  return { score: 0, feedback: error, details: { ...details, error }, status: "error" };
}
