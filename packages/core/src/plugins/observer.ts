/** Observing calls and runs: events for records, a wrapping hook so that spans nest. */
import type { Frame } from "../context/frame.js";

/** What is observed. */
export interface ObservedEvent {
  readonly kind: "run" | "hyperfunction" | "model" | "tool" | "batch";
  readonly name: string;
  /** Position in the call tree, such as `/route#0/ask#1`. */
  readonly path: string;
  readonly candidate: number;
  readonly exampleKey: string | number;
  readonly input: unknown;
  /** Calls that this event stands for; above 1 in a batch or a vectorised run. */
  readonly members: number;
}

export type ObservedOutcome =
  | { readonly ok: true; readonly output: unknown; readonly elapsedMs: number }
  | { readonly ok: false; readonly error: unknown; readonly elapsedMs: number };

/** All members are optional. What an observer throws never fails a run; it becomes a warning of the result. */
export interface Observer {
  readonly onStart?: (event: ObservedEvent) => void;
  readonly onEnd?: (event: ObservedEvent, outcome: ObservedOutcome) => void;
  /** Calls `execute` and returns its promise; gives context to what happens inside. The outcome is always `execute`'s. */
  readonly around?: <T>(event: ObservedEvent, execute: () => Promise<T>) => Promise<T>;
}

/** Executes under the observers of the frame's run. */
export function observed<T>(frame: Frame, event: ObservedEvent, execute: () => Promise<T>): Promise<T> {
  return frame.run.services.observers.length === 0 ? execute() : showing(frame, event, execute);
}

async function showing<T>(frame: Frame, event: ObservedEvent, execute: () => Promise<T>): Promise<T> {
  const { observers, clock, warn } = frame.run.services;
  const notify = (send: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        send(observer);
      } catch (error) {
        warn(`An observer failed on "${event.name}": ${String(error)}`);
      }
    }
  };
  const start = clock.now();
  notify((observer) => observer.onStart?.(event));
  const wrapped = observers.reduceRight<() => Promise<T>>(
    (inner, { around }) => (around ? () => surrounded(around, event, inner, warn) : inner),
    execute,
  );
  try {
    const output = await wrapped();
    notify((observer) => observer.onEnd?.(event, { ok: true, output, elapsedMs: clock.now() - start }));
    return output;
  } catch (error) {
    notify((observer) => observer.onEnd?.(event, { ok: false, error, elapsedMs: clock.now() - start }));
    throw error;
  }
}

/** Executes inside the observer's hook, once, whatever the hook does: an observer changes nothing. */
async function surrounded<T>(
  around: NonNullable<Observer["around"]>,
  event: ObservedEvent,
  execute: () => Promise<T>,
  warn: (message: string) => void,
): Promise<T> {
  let execution: Promise<T> | undefined;
  const once = (): Promise<T> => (execution ??= execute());
  try {
    await around(event, once);
  } catch (error) {
    const own = await once().then(
      () => true,
      (reason: unknown) => reason !== error,
    );
    if (own) warn(`An observer failed on "${event.name}": ${String(error)}`);
  }
  return once();
}
