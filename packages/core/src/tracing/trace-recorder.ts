/**
 * Records the calls of one run while it runs. Values pass through untouched, nothing here can make a call fail, and what
 * an argument contains is looked at when the call begins, before anybody can change it.
 */
import { types } from "node:util";
import { systemClock, type Clock } from "../concurrency/clock.js";
import { partsOfInput, Provenance } from "./provenance.js";
import { Trace, type TraceEdge, type TraceEdgeKind, type TraceNode } from "./trace.js";

export interface CallStart {
  readonly name: string;
  readonly kind?: TraceNode["kind"] | undefined;
  readonly input: unknown;
  /** Id of the call that makes this one. */
  readonly parent?: number | undefined;
}

export interface TraceRecorderOptions {
  /** What the run was started with: parts of it have a known origin. */
  readonly input?: unknown;
  readonly clock?: Clock;
}

type OpenNode = { -readonly [Key in keyof TraceNode]: TraceNode[Key] };

/** A node and what its recording needs. Times are counts of beginnings and endings, exact where clocks tie. */
interface Entry {
  readonly node: OpenNode;
  readonly began: number;
  ended: number;
  /** Siblings that this call depends on. */
  readonly before: Map<number, TraceEdgeKind>;
  /** What the call was given; filled when the first call inside begins. */
  given: ReadonlySet<object | string> | undefined;
}

/** Calls with the same parent that ended and that no other ended call depends on. */
type Frontier = Set<number>;

/**
 * Makes the graph of one run: tell it when calls begin and end, then take the `trace()`. About 6 µs per call.
 */
export class TraceRecorder {
  readonly #clock: Clock;
  readonly #given: ReadonlySet<object | string>;
  readonly #entries: Entry[] = [];
  readonly #overlapping: TraceEdge[] = [];
  readonly #frontiers = new Map<number | undefined, Frontier>();
  readonly #provenance = new Provenance();
  #moment = 0;

  constructor(options: TraceRecorderOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#given = partsOfInput(options.input);
  }

  /** A call begins. Returns its id. */
  start({ name, kind = "hyperfunction", input, parent }: CallStart): number {
    const id = this.#entries.length;
    const node: OpenNode = {
      id,
      name,
      kind,
      parent,
      input,
      output: undefined,
      error: undefined,
      startedAt: this.#clock.now(),
      endedAt: undefined,
      state: "running",
    };
    this.#entries.push({ node, began: this.#moment++, ended: Infinity, before: new Map(), given: undefined });
    const origins = this.#provenance.originsOf(input, this.#givenTo(parent));
    for (const producer of origins.objects) this.#connect(producer, id, "identity");
    for (const producer of origins.texts) this.#connect(producer, id, "text");
    if (origins.unknown) for (const sibling of this.#frontier(parent)) this.#connect(sibling, id, "order");
    return id;
  }

  /** A call returned. Only the first ending of a call counts. */
  finish(id: number, output: unknown): void {
    const entry = this.#end(id, "finished");
    if (entry === undefined) return;
    entry.node.output = output;
    this.#record(entry, output);
  }

  /** A call threw. What it threw, and its message, can be traced into later calls like an output. */
  fail(id: number, error: unknown): void {
    const entry = this.#end(id, "failed");
    if (entry === undefined) return;
    entry.node.error = error;
    this.#record(entry, types.isNativeError(error) ? [error, error.message] : error);
  }

  /** The calls so far, as a graph that no longer changes. */
  trace(): Trace {
    const nodes = this.#entries.map((entry) => ({ ...entry.node }));
    const edges = this.#entries.flatMap(({ node, before }) =>
      [...before].map(([from, kind]) => ({ from, to: node.id, kind })),
    );
    return new Trace(nodes, [...edges, ...this.#overlapping]);
  }

  #end(id: number, state: "finished" | "failed"): Entry | undefined {
    const entry = this.#entries[id];
    if (entry === undefined || entry.ended !== Infinity) return undefined;
    entry.ended = this.#moment++;
    entry.node.endedAt = this.#clock.now();
    entry.node.state = state;
    const frontier = this.#frontier(entry.node.parent);
    // Ancestors further back left the frontier when those in between ended.
    for (const sibling of entry.before.keys()) frontier.delete(sibling);
    frontier.add(id);
    return entry;
  }

  #record(entry: Entry, output: unknown): void {
    const { id } = entry.node;
    const handsOn = (earlier: number): boolean => earlier === id || entry.before.has(earlier);
    this.#provenance.record(output, id, (earlier) => this.#path(earlier).some(handsOn));
  }

  #frontier(parent: number | undefined): Frontier {
    const known = this.#frontiers.get(parent);
    if (known !== undefined) return known;
    const frontier: Frontier = new Set();
    this.#frontiers.set(parent, frontier);
    return frontier;
  }

  /** Notes that `to` took something from `from`, as an edge between the siblings that enclose them. */
  #connect(from: number, to: number, kind: TraceEdgeKind): void {
    const fromPath = this.#path(from);
    const toPath = this.#path(to);
    const level = fromPath.findIndex((id, depth) => toPath[depth] !== id);
    // Where one encloses the other there is nothing to say.
    if (level < 0) return;
    const earlier = this.#entries[fromPath[level] ?? from];
    const later = this.#entries[toPath[level] ?? to];
    if (earlier === undefined || later === undefined) return;
    if (earlier.ended < later.began) {
      if (!later.before.has(earlier.node.id)) later.before.set(earlier.node.id, kind);
    } else {
      this.#overlapping.push({ from, to, kind });
    }
  }

  /** Ids from the outermost enclosing call to the call itself. */
  #path(id: number): number[] {
    const path: number[] = [];
    for (let at: number | undefined = id; at !== undefined; at = this.#entries[at]?.node.parent)
      path.unshift(at);
    return path;
  }

  /** Tells whether a value was given to the run, or to one of the calls that enclose a call made by `parent`. */
  #givenTo(parent: number | undefined): (value: object | string) => boolean {
    const sets = [this.#given];
    for (let at = parent; at !== undefined;) {
      const entry: Entry | undefined = this.#entries[at];
      if (entry === undefined) break;
      sets.push((entry.given ??= partsOfInput(entry.node.input)));
      at = entry.node.parent;
    }
    return (value) => sets.some((set) => set.has(value));
  }
}
