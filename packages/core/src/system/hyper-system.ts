/** A trainable program: an ordinary async `run`, and everything that can be done with it. */
import { readFile, writeFile } from "node:fs/promises";
import { Semaphore } from "../concurrency/semaphore.js";
import { systemClock } from "../concurrency/clock.js";
import { currentFrame, Frame, runInFrame, type Run, type RunServices } from "../context/frame.js";
import { MemoryJournal } from "../context/call-journal.js";
import { UsageMeter, type UsageTotals } from "../context/usage-meter.js";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { evaluatePopulation, type PopulationOptions } from "../evaluation/evaluate-population.js";
import { startRun, type OnError } from "../evaluation/evaluation.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import { exampleKeys, measure, requireScore, type Measured } from "../evaluation/measure.js";
import { toScoring, type Metric } from "../evaluation/metric.js";
import type { PopulationEvaluation } from "../evaluation/population-result.js";
import type { AnyHyperfunction, Hyperfunction } from "../hyperfunction/hyperfunction.js";
import type { HpSpec } from "../parameters/hp-type.js";
import { populationOf, readHpState, toHpState, type HpState, type HpStateInput } from "../parameters/hp-state.js";
import type { HpInit } from "../parameters/initial-values.js";
import { withEntries, type ParameterState } from "../parameters/parameter-state.js";
import { readSavedState, type SavedState } from "../parameters/saved-state.js";
import { optimize } from "../optimize/optimize.js";
import type { OptimizeOptions, OptimizeResult } from "../optimize/options.js";
import type { Optimizer } from "../optimize/optimizer.js";
import { InstalledPlugins, type Plugin } from "../plugins/plugin.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { TraceRecorder } from "../tracing/trace-recorder.js";
import type { Trace } from "../tracing/trace.js";
import { AgentType, FlowResponse } from "./agent.js";
import { probe } from "./probe.js";
import { Registry } from "./registry.js";

export interface HyperSystemOptions {
  /** Appears in traces and saved files. Default the class name. */
  readonly name?: string;
  /** All hyperfunctions of the program. Default: found by one probe run, or when they are first called. */
  readonly hyperfunctions?: readonly AnyHyperfunction[];
  /** Improves numbers and matrices. */
  readonly systemOptimizer?: Optimizer;
  /** Improves prompts; runs before the system optimizer. */
  readonly promptOptimizer?: Optimizer;
  /** One optimizer or several in order, instead of the two above. */
  readonly optimizer?: Optimizer | readonly Optimizer[];
  readonly plugins?: readonly Plugin[];
  /** Model and tool calls in flight at the same time. Default 16. */
  readonly concurrency?: number;
  /** Seeds initial matrices, `rng` and searches. Default 0. */
  readonly seed?: number;
}

/** The registry of a system; for parts of this package that work on systems from outside the class. */
export let registryOf: <Input, Output>(system: HyperSystem<Input, Output>) => Registry;

/** Measures other parameters than the current ones, without changing the system. */
export let measureState: <Input, Output, Expected>(
  system: HyperSystem<Input, Output>,
  examples: readonly Example<Input, Expected>[],
  metric: Metric<Input, Output, Expected>,
  state: ParameterState | undefined,
) => Promise<Measured>;

export interface EvaluateOptions<Input, Output, Expected> extends Pick<PopulationOptions, "mode"> {
  readonly onError?: OnError<Input, Output, Expected>;
  readonly signal?: AbortSignal;
}

export interface Evaluated<Output> extends Omit<Measured, "outputs"> {
  /** Per example; undefined where the run failed. Tensors belong to the caller. */
  readonly outputs: readonly (Output | undefined)[];
  readonly usage: UsageTotals;
  readonly elapsedMs: number;
}

/**
 * Base class of trainable programs: implement `run`, call hyperfunctions in it.
 *
 * @example
 * import { HyperSystem, hyperfunction } from "@hyperfunc/core";
 * const double = hyperfunction({ name: "double" }, ({ x }: { x: number }) => 2 * x);
 * class Doubling extends HyperSystem<{ x: number }, number> {
 *   async run({ x }: { x: number }) {
 *     return double({ x });
 *   }
 * }
 * console.log(await new Doubling().run({ x: 21 })); // 42
 */
export abstract class HyperSystem<Input = unknown, Output = unknown> {
  static {
    registryOf = (system) => system.#registry;
    measureState = async (system, examples, metric, state) => {
      const services = system.#services();
      const host = system.#registry;
      const scoring = toScoring(metric);
      const request = { host, state: state ?? host.state, examples, scoring, services };
      return measure({ ...request, signal: undefined, onError: undefined, keepOutputs: false });
    };
  }

  readonly agentType: AgentType = AgentType.FLOW;
  readonly seed: number;
  readonly #registry: Registry;
  readonly #plugins: InstalledPlugins;
  readonly #leaves: Semaphore;
  readonly #optimizers: readonly Optimizer[];
  #optimizing = false;

  /** @throws INVALID_ARGUMENT for a bad concurrency or seed, DUPLICATE_NAME for a name clash. */
  constructor(options: HyperSystemOptions = {}) {
    const { name = new.target.name, seed = 0, concurrency = 16, plugins = [] } = options;
    if (!Number.isSafeInteger(seed)) throw invalidArgument(`seed must be a whole number, got ${seed}.`);
    this.seed = seed;
    this.#leaves = new Semaphore(concurrency);
    this.#plugins = new InstalledPlugins(plugins);
    this.#optimizers = chosenOptimizers(options, this.#plugins);
    this.#registry = new Registry(name, seed, this.#plugins, (inputs) => this.runExample(inputs as Input), this.batchObstacle());
    for (const hyperfunction of options.hyperfunctions ?? []) this.#registry.register(hyperfunction);
    this.#registry.complete = options.hyperfunctions !== undefined;
    const body = this.run.bind(this);
    Object.defineProperty(this, "run", { value: (input: Input) => this.#enter(input, body), configurable: true, writable: true });
  }

  /** The program. Called from outside it uses the system's current values. */
  abstract run(input: Input): Promise<Output | FlowResponse<Output>>;

  /** Drives the program through one example; other kinds of agent override it. */
  protected async runExample(inputs: Input): Promise<Output> {
    const response = await this.run(inputs);
    return response instanceof FlowResponse ? response.output : response;
  }

  /** Why this kind of agent cannot be run as a batch; undefined for FLOW. */
  protected batchObstacle(): string | undefined {
    return undefined;
  }

  /** Makes a hyperfunction known before it is called, optionally with its own starting values. */
  registerHyperfunction<In, Out, Spec extends HpSpec | undefined>(
    hyperfunction: Hyperfunction<In, Out, Spec>,
    options: { readonly hpInit?: HpInit<Spec> } = {},
  ): this {
    this.#registry.register(hyperfunction, options.hpInit);
    return this;
  }

  /** Hyperfunctions known so far. */
  get hyperfunctions(): readonly AnyHyperfunction[] {
    return this.#registry.hyperfunctions;
  }

  /** Finds the hyperfunctions of the program by running it once. */
  async discover(example: Example<Input>): Promise<readonly AnyHyperfunction[]> {
    checkExamples([example], "example");
    await probe(this.#registry, example, this.#services());
    return this.hyperfunctions;
  }

  /** Scores the current parameters; higher is better. @throws INFRASTRUCTURE when failures left members missing. */
  async evaluate<Expected>(
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<number> {
    const { score } = await this.#measure(examples, metric, options, false);
    return score ?? NaN;
  }

  /** Scores the current parameters and returns outputs, failures, usage and time. */
  async evaluateDetailed<Expected>(
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<Evaluated<Output>> {
    return this.#measure(examples, metric, options, true);
  }

  async #measure<Expected>(
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    { mode, onError, signal }: EvaluateOptions<Input, Output, Expected>,
    detailed: boolean,
  ): Promise<Evaluated<Output>> {
    checkExamples(examples, "examples");
    const scoring = toScoring(metric);
    const services = this.#services();
    const start = services.clock.now();
    await this.#probeOnce(examples, services);
    const measured = await measure({
      host: this.#registry,
      state: this.#registry.state,
      examples,
      scoring,
      services,
      signal,
      onError: onError as OnError | undefined,
      keepOutputs: detailed,
      ...(mode === undefined ? {} : { options: { mode } }),
    });
    if (!detailed) requireScore(measured, examples.length);
    return {
      ...measured,
      outputs: (measured.outputs ?? []) as readonly (Output | undefined)[],
      usage: services.usage.totals,
      elapsedMs: services.clock.now() - start,
    };
  }

  /** Scores many candidates; each names every trainable hyperfunction. */
  async evaluatePopulation<Expected>(
    candidates: readonly HpStateInput[],
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: PopulationOptions & EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<PopulationEvaluation> {
    checkExamples(examples, "examples");
    const { onError, signal, ...population } = options;
    const scoring = toScoring(metric);
    const services = this.#services();
    await this.#probeOnce(examples, services);
    const evaluation = {
      host: this.#registry,
      examples,
      keys: exampleKeys(examples),
      scoring,
      services,
      signal,
      onError: onError as OnError | undefined,
      keepOutputs: false,
      candidateOffset: 0,
    };
    const states = populationOf(candidates, this.#registry.layouts, this.#registry.state);
    if (states.size === 0) return { scores: [], mode: population.mode ?? "loop", reasons: {}, failures: [] };
    const result = await evaluatePopulation(evaluation, states, population);
    return {
      scores: result.candidates.map((candidate) => candidate.score),
      mode: result.mode,
      reasons: result.reasons,
      failures: result.candidates.flatMap((candidate) => candidate.failures),
    };
  }

  /** Improves the parameters from examples and a metric, with the configured optimizers. */
  async optimize<Expected>(
    trainData: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: OptimizeOptions<Input, Output, Expected> = {},
  ): Promise<OptimizeResult> {
    if (this.#optimizing) {
      throw new HyperfuncError("INVALID_STATE", `System "${this.#registry.name}" is being optimised already; await that first.`);
    }
    this.#optimizing = true;
    try {
      return await optimize({
        registry: this.#registry,
        optimizers: this.#optimizers,
        services: this.#services(),
        train: trainData,
        metric,
        options: options as OptimizeOptions,
        probe: (first, services) => probe(this.#registry, first, services),
      });
    } finally {
      this.#optimizing = false;
    }
  }

  /** Runs the program once and records its calls as a graph. */
  async trace(input: Input): Promise<{ trace: Trace; output: Output }> {
    const recorder = new TraceRecorder({ input });
    const output = await this.#runWith(recorder, input, (inputs) => this.runExample(inputs));
    return { trace: recorder.trace(), output };
  }

  /** Trainable numbers by hyperfunction name: natural units, declared order, row-major, copies. */
  getHpState(): HpState {
    return toHpState(this.#registry.state, this.#registry.layouts);
  }

  /** Sets trainable numbers; names that are left out keep theirs. */
  setHpState(state: HpStateInput): void {
    const values = readHpState(state, this.#registry.layouts, "the given state", false);
    this.#registry.state = withEntries(this.#registry.state, { values });
  }

  /** Number of trainable numbers. */
  get hpDim(): number {
    return [...this.#registry.layouts.values()].reduce((sum, layout) => sum + layout.size, 0);
  }

  /** Everything trainable as JSON. */
  exportState(): SavedState {
    return this.#registry.saveState(this.#registry.state);
  }

  /** Takes over an exported state. @throws PROGRAM_MISMATCH naming every difference. */
  importState(json: unknown): void {
    this.#registry.importState(readSavedState(json));
  }

  /** Writes everything trainable to a JSON file. */
  async save(path: string): Promise<void> {
    await writeFile(path, `${JSON.stringify(this.exportState(), undefined, 1)}\n`);
  }

  /** Reads a file written by `save`. @throws PROGRAM_MISMATCH naming every difference. */
  async load(path: string): Promise<void> {
    const text = await readFile(path, "utf8");
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new HyperfuncError("PROGRAM_MISMATCH", `${path} is not JSON, so it is no saved state.`, { cause: error });
    }
    this.importState(json);
  }

  /** Undoes the plugins. */
  dispose(): void {
    this.#plugins.dispose();
  }

  #services(): RunServices {
    return {
      clock: systemClock,
      seed: this.seed,
      budget: undefined,
      leaves: this.#leaves,
      usage: new UsageMeter(),
      observers: this.#plugins.observers,
      journal: new MemoryJournal(),
      label: "initial",
      warn: (message) => {
        process.emitWarning(message, "HyperfuncWarning");
      },
      evaluating: false,
    };
  }

  async #probeOnce(examples: readonly Example[], services: RunServices): Promise<void> {
    const [first] = examples;
    if (!this.#registry.complete && first !== undefined) await probe(this.#registry, first, services);
  }

  /** A direct call of `run`: in a run of this system already, it is just the program. */
  #enter(input: Input, body: (input: Input) => Promise<Output | FlowResponse<Output>>): Promise<Output | FlowResponse<Output>> {
    return currentFrame()?.run.program === this.#registry ? body(input) : this.#runWith(undefined, input, body);
  }

  async #runWith<Result>(
    recorder: TraceRecorder | undefined,
    input: Input,
    body: (input: Input) => Promise<Result>,
  ): Promise<Result> {
    const engine = tensorEngine();
    await engine?.ready();
    const outer = currentFrame();
    const scope = engine?.openScope(outer?.scope);
    const run: Run = {
      program: this.#registry,
      services: outer === undefined ? this.#services() : { ...outer.run.services, observers: this.#plugins.observers },
      source: this.#registry.parametersOf(this.#registry.state, scope),
      candidate: 0,
      exampleKey: outer?.run.exampleKey ?? 0,
      recorder,
      tensorScope: scope,
      join: undefined,
      callCounts: new Map(),
      batched: false,
    };
    const frame = new Frame(run, undefined, undefined, outer?.signal, undefined, scope);
    let output: Result | undefined;
    try {
      output = await startRun({ name: this.#registry.name, frame, inputs: input, members: 1, body: () => body(input) });
      return output;
    } finally {
      scope?.close(output);
    }
  }
}

function chosenOptimizers(options: HyperSystemOptions, plugins: InstalledPlugins): readonly Optimizer[] {
  const { optimizer, promptOptimizer, systemOptimizer } = options;
  const named = [promptOptimizer, systemOptimizer].filter((given) => given !== undefined);
  if (optimizer !== undefined && named.length > 0) {
    throw invalidArgument("Give either optimizer, or promptOptimizer and systemOptimizer, not both.");
  }
  const given = optimizer === undefined ? named : [optimizer].flat();
  return given.length > 0 ? given : plugins.optimizers;
}
