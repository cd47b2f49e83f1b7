/**
 * One run as a graph: which calls were made, inside which, and what each took from calls before it.
 *
 * Edges join calls with the same parent: what a nested call takes from elsewhere is an edge between the enclosing calls.
 * Only between overlapping calls, where that would be wrong, an edge joins the nested calls themselves.
 */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import { traceJson, type TraceJson } from "./trace-json.js";
import { traceMermaid } from "./trace-mermaid.js";

/** One call. */
export interface TraceNode {
  /** Number in order of beginning, from 0. */
  readonly id: number;
  readonly name: string;
  readonly kind: "hyperfunction" | "model" | "tool";
  /** The call that made this one; undefined for calls made by the run itself. */
  readonly parent: number | undefined;
  /** The values themselves, not copies. */
  readonly input: unknown;
  readonly output: unknown;
  /** What the call threw. */
  readonly error: unknown;
  /** Milliseconds of the recorder's clock. */
  readonly startedAt: number;
  /** Undefined for a call that had not ended when the trace was taken. */
  readonly endedAt: number | undefined;
  readonly state: "running" | "finished" | "failed";
}

/**
 * How a dependency is known. `identity`: the same object or tensor, as such or inside an argument. `text`: an output
 * string inside an input string. `order`: it had ended before the other began, and the other's input holds something
 * whose origin can't be told, such as a number.
 */
export type TraceEdgeKind = "identity" | "text" | "order";

export interface TraceEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: TraceEdgeKind;
}

/**
 * The graph of one run.
 *
 * @example
 * import { hyperfunction, hyperSystem } from "@hyperfunc/core";
 * const count = hyperfunction({ name: "count" }, ({ text }: { text: string }) => ({ words: text.split(" ").length }));
 * const judge = hyperfunction({ name: "judge" }, ({ found }: { found: { words: number } }) => found.words > 1);
 * const system = hyperSystem({ name: "demo" }, async ({ text }: { text: string }) => judge({ found: await count({ text }) }));
 * const { trace } = await system.trace({ text: "two words" });
 * console.log(trace.stages().map((stage) => stage.map((node) => node.name))); // [["count"], ["judge"]]
 */
export class Trace {
  /** In order of beginning. */
  readonly nodes: readonly TraceNode[];
  readonly edges: readonly TraceEdge[];

  constructor(nodes: readonly TraceNode[], edges: readonly TraceEdge[]) {
    this.nodes = nodes;
    this.edges = edges;
  }

  /**
   * Calls with the same parent (default: those made by the run itself) in groups that could run at the same time: a call
   * comes one stage after the last of those it depends on.
   *
   * @throws INVALID_ARGUMENT for a parent that is not in the trace.
   */
  stages(parent?: number): TraceNode[][] {
    if (parent !== undefined && this.nodes[parent] === undefined) {
      throw invalidArgument(`The trace has no node ${parent}; it has ${this.nodes.length}, counted from 0.`, {
        parent,
      });
    }
    const sources = new Map<number, number[]>();
    for (const { from, to } of this.edges) {
      const known = sources.get(to);
      if (known === undefined) sources.set(to, [from]);
      else known.push(from);
    }
    const stageOf = new Map<number, number>();
    const stages: TraceNode[][] = [];
    for (const node of this.nodes) {
      if (node.parent !== parent) continue;
      // An edge between siblings always leads from an earlier node to a later one, so one pass is enough.
      let stage = 0;
      for (const from of sources.get(node.id) ?? []) stage = Math.max(stage, (stageOf.get(from) ?? -1) + 1);
      stageOf.set(node.id, stage);
      (stages[stage] ??= []).push(node);
    }
    return stages;
  }

  /** A JSON value for files and viewers: values are shortened, tensors are told by shape, secrets are blacked out. */
  toJson(): TraceJson {
    return traceJson(this);
  }

  /** A Mermaid flowchart; nested calls are inside their parent's box. */
  toMermaid(): string {
    return traceMermaid(this);
  }
}
