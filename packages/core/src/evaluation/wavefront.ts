/**
 * The wavefront: every run keeps its own control flow, and calls of the same hyperfunction that are pending at the same
 * time are executed as one batch.
 *
 * A batch is flushed when a turn of the event loop brought no new call. Runs are never counted, so a run that waits for
 * a timer or a user's own lock holds nobody up.
 */
import { Frame, runInFrame, type Run } from "../context/frame.js";
import { onAbort } from "../concurrency/abort.js";
import { withTimeout } from "../concurrency/timeout.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Call } from "../hyperfunction/call.js";
import { callBody, executeDirectly } from "../hyperfunction/invoke.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { candidateState, type Population } from "../parameters/population.js";
import { observed } from "../plugins/observer.js";
import type { PendingCall, PopulationSession, TensorEngine, TensorScope } from "../tensors/tensor-engine.js";
import { allOrFirstError } from "./all-or-first-error.js";
import { layoutsOf, runCell, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";
import { SessionParameters } from "./session-parameters.js";

interface Waiting {
  readonly call: Call;
  readonly cell: PendingCall;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export async function evaluateWavefront(
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine,
): Promise<CandidateScore[]> {
  const { host, examples, services, signal, keepOutputs } = evaluation;
  const scope = engine.openScope(undefined);
  let kept: unknown;
  const layouts = layoutsOf(host, population);
  const session = engine.openPopulation(
    population,
    layouts,
    examples.map((entry) => entry.inputs),
  );
  try {
    const run: Run = {
      program: host,
      services,
      source: new SessionParameters(session, host.parametersOf(population.base, scope), layouts),
      candidate: 0,
      exampleKey: 0,
      recorder: undefined,
      tensorScope: scope,
      join: undefined,
      callCounts: new Map(),
      batched: true,
    };
    const generation = new Frame(run, undefined, undefined, signal, undefined, scope);
    const wave = new Wave(evaluation, session, generation);
    const candidates = Array.from({ length: population.size }, (_, candidate) =>
      startCandidate(evaluation, population, session, wave, scope, candidate),
    );
    const rows = await allOrFirstError(candidates).finally(() => wave.close());
    const scores: CandidateScore[] = [];
    for (const [candidate, cells] of rows.entries())
      scores.push(await scoreCandidate(evaluation, candidate, cells));
    if (keepOutputs) kept = scores.map((score) => score.outputs);
    return scores;
  } finally {
    session.close();
    scope.close(kept);
  }
}

function startCandidate(
  evaluation: Evaluation,
  population: Population,
  session: PopulationSession,
  wave: Wave,
  scope: TensorScope,
  candidate: number,
): Promise<Cell[]> {
  const { host, examples } = evaluation;
  const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
  return allOrFirstError(
    examples.map((_, example) =>
      runCell(evaluation, {
        candidate,
        example,
        source,
        scope,
        inputs: session.inputs(candidate, example),
        join: (call) => wave.join(call, { candidate, example, input: call.input }),
      }),
    ),
  );
}

class Wave {
  #pending = new Map<AnyHyperfunction, Waiting[]>();
  #scheduled = false;
  /** Calls that have not settled: one listener for all, because adding one takes time in the number there are. */
  readonly #open = new Set<Waiting>();
  readonly #stopListening: () => void;

  constructor(
    readonly evaluation: Evaluation,
    readonly session: PopulationSession,
    readonly generation: Frame,
  ) {
    this.#stopListening = onAbort(generation.signal, (error) => {
      for (const { reject } of this.#open) reject(error);
    });
  }

  close(): void {
    this.#stopListening();
  }

  join(call: Call, cell: PendingCall): Promise<unknown> {
    const overridden = call.overrides.hp ?? call.overrides.prompt ?? call.overrides.demos;
    if (
      overridden !== undefined ||
      this.evaluation.host.batching.callObstacle(call.hyperfunction) !== undefined
    ) {
      return executeDirectly(call);
    }
    return this.#wait(call, cell);
  }

  async #wait(call: Call, cell: PendingCall): Promise<unknown> {
    const own = call.signal === this.generation.signal ? undefined : call.signal;
    let waiting: Waiting | undefined;
    let stopListening: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        waiting = { call, cell, resolve, reject };
        this.#open.add(waiting);
        stopListening = onAbort(own, reject);
        this.#enqueue(waiting);
      });
    } finally {
      stopListening?.();
      if (waiting !== undefined) this.#open.delete(waiting);
    }
  }

  #enqueue(waiting: Waiting): void {
    const { hyperfunction } = waiting.call;
    const siblings = this.#pending.get(hyperfunction);
    if (siblings === undefined) this.#pending.set(hyperfunction, [waiting]);
    else siblings.push(waiting);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      runInFrame(this.generation, () => {
        this.#flush();
      });
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const work = this.#pending;
    this.#pending = new Map();
    for (const [hyperfunction, waiting] of work) {
      void this.#execute(
        hyperfunction,
        waiting.filter(({ call }) => call.signal?.aborted !== true),
      );
    }
  }

  async #execute(hyperfunction: AnyHyperfunction, waiting: readonly Waiting[]): Promise<void> {
    const [first] = waiting;
    if (first === undefined) return;
    try {
      const outputs = await this.#batch(hyperfunction, first.call, waiting);
      waiting.forEach(({ resolve }, index) => {
        resolve(outputs[index]);
      });
    } catch (error) {
      if (isHyperfuncError(error, "NOT_VECTORISABLE"))
        this.evaluation.host.batching.noteCallObstacle(hyperfunction.name, error.message);
      for (const { call, resolve, reject } of waiting) {
        runInFrame(call.caller, () => executeDirectly(call)).then(resolve, reject);
      }
    }
  }

  #batch(hyperfunction: AnyHyperfunction, sample: Call, waiting: readonly Waiting[]): Promise<unknown[]> {
    const { generation } = this;
    const { timeoutMs, name } = hyperfunction.options;
    const cells = waiting.map(({ cell }) => cell);
    const call: Call = { ...sample, caller: generation, signal: generation.signal, node: undefined };
    const body = (signal: AbortSignal | undefined) => (input: unknown) => {
      const frame = new Frame(
        generation.run,
        generation,
        { ...call, input },
        signal,
        undefined,
        generation.scope,
      );
      return runInFrame(frame, () => callBody({ ...call, input }, frame));
    };
    const execute = (): Promise<unknown[]> =>
      timeoutMs === undefined
        ? this.session.callBatch(body(generation.signal), cells)
        : withTimeout((signal) => this.session.callBatch(body(signal), cells), {
            timeoutMs,
            what: `"${name}"`,
            clock: generation.run.services.clock,
            ...(generation.signal && { signal: generation.signal }),
          });
    if (generation.run.services.observers.length === 0) return execute();
    const event = {
      kind: "batch" as const,
      name,
      path: "",
      candidate: 0,
      exampleKey: 0,
      input: undefined,
      members: waiting.length,
    };
    return observed(generation, event, execute);
  }
}
