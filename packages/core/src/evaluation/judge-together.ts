import type { PopulationSession } from "../tensors/tensor-engine.js";
import type { Cell, Evaluation } from "./evaluation.js";

/**
 * Scores of the outputs of all runs from one batch, `[candidate][example]`, where the session and the metric allow it.
 *
 * What fails here is left to the judgements one by one, whose errors belong to a single output.
 */
export async function judgeTogether(
  { examples, scoring }: Evaluation,
  session: PopulationSession,
  rows: readonly (readonly Cell[])[],
): Promise<readonly Float64Array[] | undefined> {
  if (scoring.one === undefined || session.scoreCells === undefined) return undefined;
  if (rows.some((cells) => cells.some((cell) => cell.kind === "output" && cell.output === undefined))) {
    return undefined;
  }
  const outputs = rows.map((cells) =>
    cells.map((cell) => (cell.kind === "output" ? cell.output : undefined)),
  );
  const expected = examples.map((entry) => entry.expected);
  try {
    return await session.scoreCells(outputs, scoring.metric, expected);
  } catch {
    return undefined;
  }
}
