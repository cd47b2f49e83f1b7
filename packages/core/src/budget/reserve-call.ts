/**
 * Reserving paid calls from a budget.
 *
 * A call's bound is far above what it costs. So a call that does not fit waits while others are in flight: they are
 * settled below their bounds and make room. Only when nothing in flight could, the budget is exhausted. Nobody waits for a
 * stream that has begun, which ends when its reader wants: he may be the one who waits.
 */
import { onAbort } from "../concurrency/abort.js";
import type { Budget, Reservation, ReservationRequest } from "./budget.js";
import { toUnits } from "./budget-limits.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";

interface Room {
  inFlight: number;
  readonly waiting: Set<() => void>;
}

const rooms = new WeakMap<Budget, Room>();

function roomOf(budget: Budget): Room {
  const known = rooms.get(budget);
  if (known !== undefined) return known;
  const room: Room = { inFlight: 0, waiting: new Set() };
  rooms.set(budget, room);
  return room;
}

export interface ReserveOptions {
  readonly signal: AbortSignal | undefined;
  readonly mayWait: boolean;
  /** Runs the wait without a place among concurrent calls, which those in flight may need to be settled. */
  readonly pause?: (<T>(wait: () => Promise<T>) => Promise<T>) | undefined;
}

/** A reservation that others may wait for. */
export interface CallInFlight extends Reservation {
  /** From here on nobody waits for its end. */
  letGo(): void;
}

/** @throws BUDGET_EXHAUSTED, BUDGET_UNBOUNDED; ABORTED while waiting. */
export async function reserveCall(
  budget: Budget,
  request: ReservationRequest,
  options: ReserveOptions,
): Promise<CallInFlight> {
  const room = roomOf(budget);
  for (;;) {
    try {
      return inRoom(room, budget.reserve(request));
    } catch (error) {
      if (!options.mayWait || room.inFlight === 0 || !mayFitLater(error)) throw error;
      const { signal, pause } = options;
      const wait = (): Promise<void> => nextSettlement(room, signal);
      await (pause === undefined ? wait() : pause(wait));
    }
  }
}

/** Tokens and money are settled below their bound, calls are not. What is spent stays spent. */
function mayFitLater(error: unknown): boolean {
  if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) return false;
  const { limit, max, spent, requested } = error.details;
  const resource = limit === "maxTokens" ? "tokens" : limit === "maxUsd" ? "usd" : undefined;
  if (resource === undefined) return false;
  return (
    toUnits(resource, Number(requested)) <= toUnits(resource, Number(max)) - toUnits(resource, Number(spent))
  );
}

function inRoom(room: Room, reservation: Reservation): CallInFlight {
  room.inFlight++;
  let inside = true;
  const letGo = (): void => {
    if (inside) room.inFlight--;
    inside = false;
    for (const wake of room.waiting) wake();
  };
  return {
    letGo,
    settle: (actual) => {
      try {
        reservation.settle(actual);
      } finally {
        letGo();
      }
    },
    release: () => {
      reservation.release();
      letGo();
    },
  };
}

function nextSettlement(room: Room, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      room.waiting.delete(wake);
      stopListening();
      resolve();
    };
    room.waiting.add(wake);
    const stopListening = onAbort(signal, (error) => {
      room.waiting.delete(wake);
      reject(error);
    });
  });
}
