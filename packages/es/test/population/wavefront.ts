/** A small wavefront: runs with their own control flow, whose pending calls are executed as one batch per turn. */
import type { PendingCall, PopulationSession } from "@hyperfunc/core";
import { OwnedTensors, detached, runOwned } from "../../src/lifetime/owned-tensors.js";

type Body = (input: never, hp: object) => unknown;
export type Call = (name: string, body: Body, input: unknown) => Promise<unknown>;

interface Waiting {
  readonly cell: PendingCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** `[candidate][example]`; closes the session. */
export async function wavefront<Input>(
  session: PopulationSession,
  [candidates, examples]: readonly [number, number],
  run: (input: Input, call: Call) => Promise<unknown>,
): Promise<{ rows: unknown[][]; batches: number }> {
  const generation = new OwnedTensors();
  const pending = new Map<string, { body: Body; waiting: Waiting[] }>();
  let batches = 0;
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    const work = [...pending];
    pending.clear();
    for (const [name, { body, waiting }] of work) {
      batches++;
      const execute = (): Promise<unknown[]> =>
        session.callBatch(
          (input) => runOwned(generation, () => body(input as never, session.hp(name) as object)),
          waiting.map(({ cell }) => cell),
        );
      runOwned(generation, execute).then(
        (results) => {
          waiting.forEach(({ resolve }, index) => {
            resolve(results[index]);
          });
        },
        (error: unknown) => {
          for (const { reject } of waiting) reject(error);
        },
      );
    }
  };
  const cell = async (candidate: number, example: number): Promise<unknown> => {
    const call: Call = (name, body, input) =>
      new Promise((resolve, reject) => {
        const group = pending.get(name) ?? { body, waiting: [] };
        pending.set(name, group);
        group.waiting.push({ cell: { candidate, example, input }, resolve, reject });
        if (!scheduled) setImmediate(flush);
        scheduled = true;
      });
    const scope = new OwnedTensors(generation);
    let output: unknown;
    try {
      output = await runOwned(scope, () => run(session.inputs(candidate, example) as Input, call));
      return output;
    } finally {
      scope.close(output);
    }
  };
  let rows: unknown[][] | undefined;
  try {
    rows = await detached(() =>
      Promise.all(
        Array.from({ length: candidates }, (_, candidate) =>
          Promise.all(Array.from({ length: examples }, (_cell, example) => cell(candidate, example))),
        ),
      ),
    );
    return { rows, batches };
  } finally {
    session.close();
    generation.close(rows);
  }
}
