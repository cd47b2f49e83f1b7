/** A trainable program: an ordinary async `run`, and everything that can be done with it. */
import { systemClock, type Clock } from "../concurrency/clock.js";
import { Semaphore } from "../concurrency/semaphore.js";
import { currentFrame, type RunServices } from "../context/frame.js";
import { sharingSignal } from "../context/join-signals.js";
import { UsageMeter } from "../context/usage-meter.js";
import { emitWarning } from "../context/bare-run.js";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import type { PopulationOptions } from "../evaluation/evaluate-population.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import { requireScore, type Measured } from "../evaluation/measure.js";
import type { Metric } from "../evaluation/metric.js";
import type { PopulationEvaluation } from "../evaluation/population-result.js";
import type { AnyHyperfunction, Hyperfunction } from "../hyperfunction/hyperfunction.js";
import { optimize } from "../optimize/optimize.js";
import type { OptimizeOptions, OptimizeResult } from "../optimize/options.js";
import type { Optimizer } from "../optimize/optimizer.js";
import {
  readHpState,
  toHpState,
  type HpState,
  type HpStateInput,
  type PopulationInput,
} from "../parameters/hp-state.js";
import type { HpSpec } from "../parameters/hp-type.js";
import type { HpInit } from "../parameters/initial-values.js";
import { withEntries, type ParameterState } from "../parameters/parameter-state.js";
import { readSavedState, type SavedState } from "../parameters/saved-state.js";
import { InstalledPlugins } from "../plugins/plugin.js";
import { TraceRecorder } from "../tracing/trace-recorder.js";
import type { Trace } from "../tracing/trace.js";
import { AgentType, outputOf, type FlowResponse } from "./agent.js";
import { runDirectly } from "./direct-run.js";
import {
  measureCandidates,
  measureSystem,
  type Evaluated,
  type EvaluateOptions,
  type MeasurementRequest,
} from "./measurement.js";
import { chosenOptimizers, requireMethod, type HyperSystemOptions } from "./options.js";
import { probe } from "./probe.js";
import { Registry } from "./registry.js";
import { readStateFile, writeStateFile } from "./state-file.js";

/** The registry of a system; for parts of this package that work on systems from outside the class. */
export let registryOf: <Input, Output, Response extends Output | FlowResponse<Output>>(
  system: HyperSystem<Input, Output, Response>,
) => Registry;

/** Measures other parameters than the current ones, without changing the system. */
export let measureState: <Input, Output, Expected, Response extends Output | FlowResponse<Output>>(
  system: HyperSystem<Input, Output, Response>,
  examples: readonly Example<Input, Expected>[],
  metric: Metric<Input, Output, Expected>,
  state: ParameterState | undefined,
) => Promise<Measured>;

/**
 * Base class of trainable programs: implement `run`, which returns the output or, if so typed, a `FlowResponse` of it.
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
export abstract class HyperSystem<
  Input = unknown,
  Output = unknown,
  Response extends Output | FlowResponse<Output> = Output,
> {
  static {
    registryOf = (system) => system.#registry;
    measureState = (system, examples, metric, state) =>
      measureSystem(system.#request(examples, metric, {}), false, state);
  }

  readonly agentType: AgentType = AgentType.FLOW;
  readonly seed: number;
  readonly #registry: Registry;
  readonly #plugins: InstalledPlugins;
  readonly #leaves: Semaphore;
  readonly #clock: Clock;
  readonly #optimizers: readonly Optimizer[];
  #optimizing = false;

  /** @throws INVALID_ARGUMENT for a bad concurrency, seed or memory limit, DUPLICATE_NAME for a name clash. */
  constructor(options: HyperSystemOptions = {}) {
    const { name = new.target.name, seed = 0, concurrency = 16, plugins = [], clock = systemClock } = options;
    if (!Number.isSafeInteger(seed)) throw invalidArgument(`seed must be a whole number, got ${seed}.`);
    this.seed = seed;
    this.#clock = clock;
    this.#leaves = new Semaphore(concurrency);
    this.#plugins = new InstalledPlugins(plugins);
    this.#optimizers = chosenOptimizers(options, this.#plugins.optimizers);
    this.#registry = new Registry(name, seed, this.#plugins, (inputs) => this.runExample(inputs as Input), {
      agentObstacle: this.batchObstacle(),
      memoryLimitMiB: options.memoryLimitMiB,
    });
    if (options.hyperfunctions !== undefined) this.#registry.list(options.hyperfunctions);
    requireMethod(this, "run", new.target.name);
    const body = this.run.bind(this);
    Object.defineProperty(this, "run", {
      value: (input: Input) => this.#enter(input, body),
      configurable: true,
      writable: true,
    });
  }

  /** The program. Called from outside it uses the system's current values. */
  abstract run(input: Input): Promise<Response>;

  /** Drives the program through one example; other kinds of agent override it. */
  protected async runExample(inputs: Input): Promise<Output> {
    const response: Output | FlowResponse<Output> = await this.run(inputs);
    return outputOf(response);
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
    await probe(this.#registry, example, this.#services(true), undefined);
    return this.hyperfunctions;
  }

  /** Scores the current parameters; higher is better. @throws INFRASTRUCTURE when failures left members missing. */
  async evaluate<Expected>(
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<number> {
    const measured = await measureSystem(this.#request(examples, metric, options), false);
    return requireScore(measured, examples.length);
  }

  /** Scores the current parameters and returns outputs, failures, usage and time. */
  async evaluateDetailed<Expected>(
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<Evaluated<Output>> {
    const { outputs = [], ...measured } = await measureSystem(this.#request(examples, metric, options), true);
    return { ...measured, outputs: outputs as readonly (Output | undefined)[] };
  }

  /**
   * Scores many candidates: full states, each naming every trainable hyperfunction, or a population in leaves, which
   * keeps low-rank candidates in factors.
   */
  async evaluatePopulation<Expected>(
    candidates: readonly HpStateInput[] | PopulationInput,
    examples: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: PopulationOptions & EvaluateOptions<Input, Output, Expected> = {},
  ): Promise<PopulationEvaluation> {
    return measureCandidates(this.#request(examples, metric, options), candidates);
  }

  /** Improves the parameters from examples and a metric, with the configured optimizers. */
  async optimize<Expected>(
    trainData: readonly Example<Input, Expected>[],
    metric: Metric<Input, Output, Expected>,
    options: OptimizeOptions<Input, Output, Expected> = {},
  ): Promise<OptimizeResult> {
    if (this.#optimizing) {
      throw new HyperfuncError(
        "INVALID_STATE",
        `System "${this.#registry.name}" is being optimised already; await that first.`,
      );
    }
    this.#optimizing = true;
    const own = sharingSignal(options);
    try {
      return await optimize({
        registry: this.#registry,
        optimizers: this.#optimizers,
        services: this.#services(true),
        train: trainData,
        metric,
        options: own as OptimizeOptions,
        probe: (first, services) => probe(this.#registry, first, services, own.signal),
      });
    } finally {
      this.#optimizing = false;
    }
  }

  /** Runs the program once and records its calls as a graph. */
  async trace(input: Input): Promise<{ trace: Trace; output: Output }> {
    const recorder = new TraceRecorder({ input, clock: this.#clock });
    const body = (inputs: Input): Promise<Output> => this.runExample(inputs);
    const output = await runDirectly({
      registry: this.#registry,
      services: this.#services(),
      recorder,
      input,
      body,
    });
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
    return this.#registry.exportState();
  }

  /** Takes over an exported state. @throws PROGRAM_MISMATCH naming every difference. */
  importState(json: unknown): void {
    this.#registry.importState(readSavedState(json));
  }

  /** Writes everything trainable to a JSON file. */
  async save(path: string): Promise<void> {
    await writeStateFile(path, this.exportState());
  }

  /** Reads a file written by `save`. @throws PROGRAM_MISMATCH naming every difference. */
  async load(path: string): Promise<void> {
    this.importState(await readStateFile(path));
  }

  /** Undoes the plugins. */
  dispose(): void {
    this.#plugins.dispose();
    this.#registry.forgetLayers();
  }

  #services(evaluating = false): RunServices {
    return {
      clock: this.#clock,
      seed: this.seed,
      budget: undefined,
      leaves: this.#leaves,
      usage: new UsageMeter(),
      observers: this.#plugins.observers,
      journal: undefined,
      label: "initial",
      warn: emitWarning,
      evaluating,
    };
  }

  #request(
    examples: readonly Example[],
    metric: Metric<never, never, never>,
    options: MeasurementRequest["options"],
  ): MeasurementRequest {
    const services = this.#services(true);
    return { registry: this.#registry, services, examples, metric, options: sharingSignal(options) };
  }

  /** A direct call of `run`: in a run of this system already, it is just the program. */
  #enter(input: Input, body: (input: Input) => Promise<Response>): Promise<Response> {
    if (currentFrame()?.run.program === this.#registry) return body(input);
    return runDirectly({ registry: this.#registry, services: this.#services(), input, body });
  }
}
