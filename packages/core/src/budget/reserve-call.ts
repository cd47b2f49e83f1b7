/**
 * Reserving paid calls from a budget.
 *
 * A call's bound is far above what it costs. So a call that does not fit waits while others are in flight: they are
 * settled below their bounds and make room. Only when nothing in flight could, the budget is exhausted.
 */
import { onAbort } from "../concurrency/abort.js";
import type { Budget, Reservation, ReservationRequest } from "./budget.js";
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

/** @throws BUDGET_EXHAUSTED, BUDGET_UNBOUNDED; ABORTED while waiting. */
export async function reserveCall(
  budget: Budget,
  request: ReservationRequest,
  options: ReserveOptions,
): Promise<Reservation> {
  const room = roomOf(budget);
  for (;;) {
    try {
      return inRoom(room, budget.reserve(request));
    } catch (error) {
      if (!options.mayWait || room.inFlight === 0 || !isBoundTooHigh(error)) throw error;
      const { signal, pause } = options;
      const wait = (): Promise<void> => nextSettlement(room, signal);
      await (pause === undefined ? wait() : pause(wait));
    }
  }
}

/** Tokens and money are settled below their bound, calls are not. */
function isBoundTooHigh(error: unknown): boolean {
  if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) return false;
  const { limit } = error.details;
  return limit === "maxTokens" || limit === "maxUsd";
}

function inRoom(room: Room, reservation: Reservation): Reservation {
  room.inFlight++;
  let inside = true;
  const leave = (): void => {
    if (!inside) return;
    inside = false;
    room.inFlight--;
    for (const wake of room.waiting) wake();
  };
  return {
    settle: (actual) => {
      try {
        reservation.settle(actual);
      } finally {
        leave();
      }
    },
    release: () => {
      reservation.release();
      leave();
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
