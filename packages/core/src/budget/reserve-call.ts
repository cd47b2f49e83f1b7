/**
 * Reserving paid calls from a budget.
 *
 * A call's bound is far above what it costs. So a call that does not fit waits while others are in flight: they are
 * settled below their bounds and make room. Only when nothing in flight could, the budget is exhausted. Nobody waits for a
 * stream, which ends when its reader wants: he may be the one who waits.
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
  /** Whether it ends when a reader wants. */
  readonly streamed?: boolean | undefined;
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
      const reservation = budget.reserve(request);
      return options.streamed === true ? announced(room, reservation) : inRoom(room, reservation);
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
  if (limit !== "maxTokens" && limit !== "maxUsd") return false;
  return Number(requested) <= Number(max) - Number(spent);
}

function inRoom(room: Room, reservation: Reservation): Reservation {
  room.inFlight++;
  let inside = true;
  return announced(room, reservation, () => {
    if (inside) room.inFlight--;
    inside = false;
  });
}

/** A reservation whose end wakes those who wait. */
function announced(room: Room, reservation: Reservation, end: () => void = () => undefined): Reservation {
  const leave = (): void => {
    end();
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
