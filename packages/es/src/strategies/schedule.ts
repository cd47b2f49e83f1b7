/**
 * A number that may change from generation to generation, as plain JSON so that it survives a checkpoint.
 *
 * Functions are not accepted for that reason.
 */
import { HyperfuncError } from "@hyperfunc/core";

/** A constant, or a curve from `from` at generation 0 to `to` at generation `steps` and after it. */
export type Schedule =
  | number
  | { readonly kind: "constant"; readonly from: number }
  | {
      readonly kind: "linear" | "cosine" | "exponential";
      readonly from: number;
      readonly to: number;
      /** Generations until `to` is reached. */
      readonly steps: number;
    };

/**
 * The value of a schedule at a generation, counted from 0.
 *
 * `linear` moves at constant speed, `exponential` by a constant factor, `cosine` along half a wave, slow at both ends
 * (Loshchilov and Hutter 2017, SGDR).
 */
export function scheduleAt(schedule: Schedule, generation: number): number {
  if (typeof schedule === "number") return schedule;
  if (schedule.kind === "constant") return schedule.from;
  const { kind, from, to, steps } = schedule;
  const done = Math.min(generation / steps, 1);
  if (done === 0) return from;
  if (done === 1) return to;
  switch (kind) {
    case "linear":
      return from + (to - from) * done;
    case "exponential":
      return from * (to / from) ** done;
    case "cosine":
      return to + ((from - to) * (1 + Math.cos(Math.PI * done))) / 2;
  }
}

/**
 * Refuses a schedule that is not positive where it has to be.
 *
 * `end` says whether the curve may reach zero: a learning rate may, a noise scale may not.
 *
 * @throws INVALID_ARGUMENT naming the option, the value and the remedy.
 */
export function checkSchedule(name: string, schedule: Schedule, end: "positive" | "zero"): void {
  if (typeof schedule === "number") {
    checkPositive(name, schedule);
    return;
  }
  if (!["constant", "linear", "cosine", "exponential"].includes(schedule.kind)) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `${name} has the unknown schedule kind "${String(schedule.kind)}"; use "constant", "linear", "cosine" or "exponential".`,
    );
  }
  checkPositive(`${name}.from`, schedule.from);
  if (schedule.kind === "constant") return;
  const { kind, to, steps } = schedule;
  if (end === "positive" || kind === "exponential") checkPositive(`${name}.to`, to);
  else if (!(to >= 0 && Number.isFinite(to))) {
    throw new HyperfuncError("INVALID_ARGUMENT", `${name}.to must be zero or a positive number, got ${to}.`);
  }
  checkPositive(`${name}.steps`, steps);
}

function checkPositive(name: string, value: number): void {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return;
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `${name} must be a positive finite number, got ${String(value)}.`,
  );
}
