/** Batched execution of one population on one list of examples. */
import {
  HyperfuncError,
  type HyperfunctionLayout,
  type PendingCall,
  type Population,
  type PopulationSession,
} from "@hyperfunc/core";
import type * as tf from "@tensorflow/tfjs-core";
import { batchOfCells } from "./batch-of-cells.js";
import { batchedFormOf } from "./batched-metric.js";
import { callBatch, type Body } from "./call-batch.js";
import { cellOf, overlay, wholeOf, type CellTree } from "./cell-tree.js";
import { Frame } from "./frame.js";
import { outputsOf } from "./outputs.js";
import { populationHp } from "./population-hp.js";
import { Placement } from "./placement.js";
import { batchedScores } from "./scores.js";
import { stackExamples } from "./stack-examples.js";
import { Workshop } from "./workshop.js";

export class TensorPopulation implements PopulationSession {
  readonly #population: Population;
  readonly #layouts: ReadonlyMap<string, HyperfunctionLayout>;
  readonly #inputs: readonly unknown[];
  readonly #frame: Frame;
  readonly #workshop = new Workshop();
  readonly #hp = new Map<string, object>();
  #tree: CellTree | undefined;
  #layout: Placement | undefined;

  constructor(
    population: Population,
    layouts: ReadonlyMap<string, HyperfunctionLayout>,
    inputs: readonly unknown[],
  ) {
    this.#population = population;
    this.#layouts = layouts;
    this.#inputs = inputs;
    this.#frame = Frame.of(population.size, inputs.length);
  }

  hp(hyperfunction: string): object {
    const known = this.#hp.get(hyperfunction);
    if (known !== undefined) return known;
    const layout = this.#layouts.get(hyperfunction);
    if (layout === undefined) {
      throw new HyperfuncError("INVALID_STATE", `The population knows no hyperfunction "${hyperfunction}".`);
    }
    const hp = this.#workshop.make(() => populationHp(this.#population, layout, this.#frame.candidates));
    this.#hp.set(hyperfunction, hp);
    return hp;
  }

  batchedInputs(): unknown {
    const workshop = this.#workshop;
    const tree = this.#inputTree();
    return workshop.make(() =>
      wholeOf(tree, this.#frame, (batch) => this.#frame.wrap(batch.tensor(workshop))),
    );
  }

  inputs(candidate: number, example: number): unknown {
    return cellOf(this.#inputTree(), { candidate, column: example }, example);
  }

  layout(): Placement {
    return (this.#layout ??= Placement.ofAll(this.#frame));
  }

  callBatch(body: Body, calls: readonly PendingCall[]): Promise<unknown[]> {
    return callBatch(this.#frame, this.#workshop, body, calls);
  }

  async score(
    output: unknown,
    metric: unknown,
    expected: readonly unknown[],
  ): Promise<readonly Float64Array[] | undefined> {
    this.#checkRefusals();
    const form = batchedFormOf(metric);
    return form && batchedScores(this.#frame, this.#workshop, form, output, expected);
  }

  async scoreCells(
    outputs: readonly (readonly unknown[])[],
    metric: unknown,
    expected: readonly unknown[],
  ): Promise<readonly Float64Array[] | undefined> {
    const form = batchedFormOf(metric);
    const batch = form && batchOfCells(this.#frame, outputs);
    if (form === undefined || batch === undefined) return undefined;
    const workshop = this.#workshop;
    const output = workshop.make(() => this.#frame.wrap(batch.tensor(workshop)));
    const scores = await batchedScores(this.#frame, workshop, form, output, expected);
    return scores.every((own) => own.length === expected.length) ? scores : undefined;
  }

  async outputs(output: unknown): Promise<unknown[][]> {
    this.#checkRefusals();
    return outputsOf(this.#frame, this.#workshop, output);
  }

  close(): void {
    this.#workshop.close();
  }

  /** A run that was refused something does not count, also when it went on regardless. */
  #checkRefusals(): void {
    if (this.#frame.lastRefusal !== undefined) throw this.#frame.lastRefusal;
  }

  #inputTree(): CellTree {
    return (this.#tree ??= this.#overlayInputs());
  }

  #overlayInputs(): CellTree {
    const places = this.#inputs.map((_, column) => ({ candidate: 0, column }));
    const stacking = { frame: this.#frame, places, candidates: 1, workshop: this.#workshop };
    const stack = (tensors: readonly tf.Tensor[], name: string): CellTree =>
      stackExamples(stacking, tensors, name);
    return overlay(this.#inputs, stack, "");
  }
}
