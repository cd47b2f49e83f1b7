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
import type {
  BatchLayout,
  BatchMember,
  PopulationSession,
  TensorEngine,
  TensorScope,
} from "../tensors/tensor-engine.js";
import { allOrFirstError } from "./all-or-first-error.js";
import { batchedDraws } from "./batched-draws.js";
import { layoutsOf, runCell, type Cell, type Evaluation } from "./evaluation.js";
import { judgeTogether } from "./judge-together.js";
import { LazyParameters } from "./lazy-parameters.js";
import { scoreCandidate, type CandidateScore } from "./score.js";
import { SessionParameters } from "./session-parameters.js";
import { WaitingCall } from "./waiting-call.js";

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
    const judged = await judgeTogether(evaluation, session, rows);
    const scores: CandidateScore[] = [];
    for (const [candidate, cells] of rows.entries())
      scores.push(await scoreCandidate(evaluation, candidate, cells, judged?.[candidate]));
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
  const source = new LazyParameters(() =>
    host.parametersOf(candidateState(population, host.layouts, candidate), scope),
  );
  return allOrFirstError(
    examples.map((_, example) =>
      runCell(evaluation, {
        candidate,
        example,
        source,
        scope,
        inputs: session.inputs(candidate, example),
        join: (call) => wave.join(call, candidate, example),
      }),
    ),
  );
}

class Wave {
  #pending = new Map<AnyHyperfunction, WaitingCall[]>();
  #scheduled = false;
  /** Batches with calls that may not have settled. */
  readonly #running = new Set<readonly WaitingCall[]>();
  /** One listener for all calls, because adding one takes time in the number there are. */
  readonly #stopListening: () => void;

  constructor(
    readonly evaluation: Evaluation,
    readonly session: PopulationSession,
    readonly generation: Frame,
  ) {
    this.#stopListening = onAbort(generation.signal, (error) => {
      for (const calls of [...this.#pending.values(), ...this.#running]) {
        for (const call of calls) call.reject(error);
      }
    });
  }

  close(): void {
    this.#stopListening();
  }

  join(call: Call, candidate: number, example: number): Promise<unknown> {
    const overridden = call.overrides.hp ?? call.overrides.prompt ?? call.overrides.demos;
    if (
      overridden !== undefined ||
      this.evaluation.host.batching.callObstacle(call.hyperfunction) !== undefined
    ) {
      return executeDirectly(call);
    }
    return new Promise((resolve, reject) => {
      const waiting = new WaitingCall(call, candidate, example, resolve, reject);
      if (call.signal !== undefined && call.signal !== this.generation.signal) waiting.heed(call.signal);
      this.#enqueue(waiting);
    });
  }

  #enqueue(waiting: WaitingCall): void {
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
      const calls = waiting.filter(({ call }) => call.signal?.aborted !== true);
      this.#running.add(calls);
      void this.#execute(hyperfunction, calls).finally(() => this.#running.delete(calls));
    }
  }

  async #execute(hyperfunction: AnyHyperfunction, waiting: readonly WaitingCall[]): Promise<void> {
    const [first] = waiting;
    if (first === undefined) return;
    try {
      const outputs = await this.#batch(hyperfunction, first.call, waiting);
      for (let index = 0; index < waiting.length; index++) waiting[index]?.resolve(outputs[index]);
    } catch (error) {
      if (isHyperfuncError(error, "NOT_VECTORISABLE"))
        this.evaluation.host.batching.noteCallObstacle(hyperfunction.name, error.message);
      await Promise.all(waiting.map((member) => this.#executeAlone(member)));
    }
  }

  async #executeAlone(member: WaitingCall): Promise<void> {
    const { call } = member;
    try {
      member.resolve(await runInFrame(call.caller, () => executeDirectly(call)));
    } catch (error) {
      member.reject(error);
    }
  }

  /** The run of a batch, in which every call draws what it would draw at its own position in the call tree. */
  #drawing(layout: BatchLayout, batch: Call, waiting: readonly WaitingCall[]): Run {
    const pathIn = (call: Call): string =>
      `${call.caller.path}/${call.hyperfunction.name}#${call.occurrence}`;
    let paths: ReadonlyMap<BatchMember, string> | undefined;
    const pathsOf = (): ReadonlyMap<BatchMember, string> =>
      (paths ??= new Map(waiting.map((member) => [member, pathIn(member.call)])));
    const root = pathIn(batch);
    const drawsOf = batchedDraws(
      this.evaluation,
      () => layout,
      (member, path) => `${pathsOf().get(member) ?? root}${path.slice(root.length)}`,
    );
    return { ...this.generation.run, drawsOf };
  }

  #batch(hyperfunction: AnyHyperfunction, sample: Call, waiting: readonly WaitingCall[]): Promise<unknown[]> {
    const { generation } = this;
    const { timeoutMs, name } = hyperfunction.options;
    const call: Call = { ...sample, caller: generation, signal: generation.signal, node: undefined };
    const body = (signal: AbortSignal | undefined) => (input: unknown, layout?: BatchLayout) => {
      const frame = new Frame(
        layout === undefined ? generation.run : this.#drawing(layout, call, waiting),
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
        ? this.session.callBatch(body(generation.signal), waiting)
        : withTimeout((signal) => this.session.callBatch(body(signal), waiting), {
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
