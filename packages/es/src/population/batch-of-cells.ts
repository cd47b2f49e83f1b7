import { isTensor } from "../backend/tfjs-engine.js";
import type { Batch } from "./batch.js";
import type { Frame } from "./frame.js";
import { rowOf } from "./row-tensor.js";

/**
 * The batch of the frame that the values `[candidate][column]` are rows of, each at its own place; places without a value
 * may hold anything. Undefined when there is none.
 */
export function batchOfCells(frame: Frame, values: readonly (readonly unknown[])[]): Batch | undefined {
  let batch: Batch | undefined;
  for (let candidate = 0; candidate < values.length; candidate++) {
    const own = values[candidate] ?? [];
    for (let column = 0; column < own.length; column++) {
      const value = own[column];
      if (value === undefined) continue;
      const row = isTensor(value) ? rowOf(value) : undefined;
      if (row === undefined || row.isDisposed) return undefined;
      batch ??= row.batch;
      if (row.batch !== batch || batch.frame !== frame) return undefined;
      if (batch.candidates > 1 && row.candidate !== candidate) return undefined;
      if (batch.columns > 1 && row.column !== column) return undefined;
    }
  }
  return batch;
}
