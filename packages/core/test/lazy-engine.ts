/**
 * A tensor engine for tests. A tensor is a function of (candidate, example), so every batch is exact, and reading a
 * number out of a batch is refused as a real engine does.
 */
import {
  assembleHp,
  candidateState,
  HyperfuncError,
  type HyperfunctionLayout,
  type Leaf,
  type PendingCall,
  type Population,
  type PopulationSession,
  type ScalarTensor,
  type TensorEngine,
  type TensorScope,
} from "@hyperfunc/core";

export class Lazy {
  constructor(
    readonly at: (candidate: number, example: number) => number,
    readonly batched: boolean,
  ) {}

  static constant(value: number): Lazy {
    return new Lazy(() => value, false);
  }

  plus(other: Lazy | number): Lazy {
    return this.#with(other, (a, b) => a + b);
  }

  times(other: Lazy | number): Lazy {
    return this.#with(other, (a, b) => a * b);
  }

  /** The number itself. */
  read(): number {
    if (!this.batched) return this.at(0, 0);
    throw new HyperfuncError("NOT_VECTORISABLE", "A number is read from a batch.");
  }

  #with(other: Lazy | number, combine: (a: number, b: number) => number): Lazy {
    const right = typeof other === "number" ? Lazy.constant(other) : other;
    return new Lazy((c, e) => combine(this.at(c, e), right.at(c, e)), this.batched || right.batched);
  }
}

/** A field declared with `tensor: true` reaches the program as this. */
export function lazy(value: ScalarTensor): Lazy {
  if (value instanceof Lazy) return value;
  throw new TypeError("Not a tensor of this engine.");
}

/** What the engine was asked for. */
export interface LazyLog {
  /** Calls per executed batch, in order. */
  readonly batches: number[];
  openScopes: number;
  openSessions: number;
}

export function lazyEngine(
  log: LazyLog = { batches: [], openScopes: 0, openSessions: 0 },
): TensorEngine & { log: LazyLog } {
  return {
    log,
    name: "lazy",
    ready: () => Promise.resolve(),
    signature: () => "lazy/exact",
    isTensor: (value) => value instanceof Lazy,
    bytes: () => 0,
    openScope: (): TensorScope => {
      log.openScopes += 1;
      return { close: () => void (log.openScopes -= 1) };
    },
    detached: (start) => start(),
    hpTensor: (_, values) => Lazy.constant(values[0] ?? NaN),
    openPopulation: (population, layouts, inputs) => {
      log.openSessions += 1;
      return session(population, layouts, inputs as readonly Lazy[], log);
    },
    agrees: (a, b) => Promise.resolve(valueOf(a) === valueOf(b)),
  };
}

function valueOf(value: unknown): unknown {
  return value instanceof Lazy ? value.at(0, 0) : value;
}

function session(
  population: Population,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
  inputs: readonly Lazy[],
  log: LazyLog,
): PopulationSession {
  const states = Array.from({ length: population.size }, (_, candidate) =>
    candidateState(population, layouts, candidate),
  );
  const valueAt = (leaf: Leaf, candidate: number): number =>
    states[candidate]?.values.get(leaf.hyperfunction)?.[leaf.offset] ?? NaN;
  return {
    hp: (name) => {
      const layout = layouts.get(name);
      if (layout === undefined) throw new RangeError(`No layout of ${name}.`);
      return assembleHp(layout, (leaf) => new Lazy((candidate) => valueAt(leaf, candidate), true));
    },
    batchedInputs: () => new Lazy((_, example) => inputs[example]?.read() ?? NaN, true),
    inputs: (_, example) => inputs[example],
    callBatch: async (body, calls) => {
      log.batches.push(calls.length);
      const input = stacked(calls);
      const output = await body(input);
      return calls.map(({ candidate, example }) =>
        output instanceof Lazy ? Lazy.constant(output.at(candidate, example)) : output,
      );
    },
    score: () => Promise.resolve(undefined),
    outputs: (output) =>
      Promise.resolve(
        states.map((_, candidate) =>
          inputs.map((_, example) =>
            output instanceof Lazy ? Lazy.constant(output.at(candidate, example)) : output,
          ),
        ),
      ),
    close: () => void (log.openSessions -= 1),
  };
}

/** One input for all calls; a run that calls twice in one batch cannot be told apart, so it is refused. */
function stacked(calls: readonly PendingCall[]): Lazy {
  const cells = new Map(calls.map((call) => [`${call.candidate}:${call.example}`, call.input]));
  if (cells.size < calls.length)
    throw new HyperfuncError("NOT_VECTORISABLE", "Two calls of one run are in one batch.");
  return new Lazy((candidate, example) => {
    const input = cells.get(`${candidate}:${example}`);
    return input instanceof Lazy ? input.at(candidate, example) : NaN;
  }, true);
}
