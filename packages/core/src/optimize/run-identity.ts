/** Which run a checkpoint belongs to, and whether it is this one. */
import { createHash } from "node:crypto";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { Example } from "../evaluation/example.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { VERSION, type RunCheckpoint } from "./checkpointing.js";
import type { Optimizer } from "./optimizer.js";

/** What must be the same for a checkpoint to be continued. */
export interface RunIdentity {
  /** Structure of what is trained. */
  readonly program: string;
  readonly data: string;
  /** Source of the metric: scores of different metrics cannot be compared. */
  readonly metric: string;
  readonly optimizers: readonly string[];
  readonly seed: number;
  /** Keys the draws of the program itself. */
  readonly systemSeed: number;
  /** Backend and kernels: other ones give other last bits. */
  readonly engine: string;
}

/** What tells a run from others before its program has been seen. */
export function identifyRun(run: {
  readonly train: readonly Example[];
  readonly validation: readonly Example[] | undefined;
  readonly metric: unknown;
  readonly optimizers: readonly Optimizer[];
  readonly seed: number;
  readonly systemSeed: number;
}): Omit<RunIdentity, "program"> {
  return {
    data: dataFingerprint(run.train, run.validation),
    metric: metricFingerprint(run.metric),
    optimizers: run.optimizers.map((optimizer) => optimizer.name),
    seed: run.seed,
    systemSeed: run.systemSeed,
    engine: tensorEngine()?.signature() ?? "none",
  };
}

/** @throws CHECKPOINT_MISMATCH unless the checkpoint was written by the same run. */
export function checkIdentity(checkpoint: RunCheckpoint, identity: Partial<RunIdentity>): void {
  if (checkpoint.version !== VERSION) {
    throw new HyperfuncError(
      "CHECKPOINT_MISMATCH",
      `The checkpoint has version ${checkpoint.version}, this package reads version ${VERSION}.`,
    );
  }
  const differences = Object.entries(identity).flatMap(([key, now]: [string, unknown]) => {
    const then: unknown = Reflect.get(checkpoint.identity, key);
    const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
    return before === after ? [] : [`${key} was ${before}, is ${after}`];
  });
  if (differences.length === 0) return;
  throw new HyperfuncError(
    "CHECKPOINT_MISMATCH",
    `The checkpoint belongs to another run: ${differences.join("; ")}. Use another directory, or resume: "never" to start over.`,
  );
}

/** Identifies a metric by its source text; what it closes over is not seen. */
function metricFingerprint(metric: unknown): string {
  const parts = [
    metric,
    ...(["perExample", "score"] as const).map((key) => Reflect.get(Object(metric), key) as unknown),
  ];
  const source = parts.map((part) => (typeof part === "function" ? String(part) : typeof part)).join("\n");
  return createHash("sha256").update(source).digest("hex").slice(0, 16);
}

/** Identifies examples by their number and plain values; tensors count by shape, what refers back to itself by that. */
function dataFingerprint(...lists: readonly (readonly Example[] | undefined)[]): string {
  const hash = createHash("sha256");
  for (const list of lists) {
    hash.update(`#${list?.length ?? "none"}`);
    for (const { id, inputs, expected } of list ?? []) {
      hash.update(JSON.stringify([plain(id, []), plain(inputs, []), plain(expected, [])]));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function plain(value: unknown, enclosing: readonly object[]): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "number" || typeof value === "bigint") return { [typeof value]: String(value) };
  if (typeof value !== "object") return { [typeof value]: "" };
  if (enclosing.includes(value)) return { circular: enclosing.length - enclosing.indexOf(value) };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return createHash("sha256").update(bytes).digest("hex");
  }
  const inner = (part: unknown): unknown => plain(part, [...enclosing, value]);
  const shape: unknown = Reflect.get(value, "shape");
  if (Array.isArray(shape) && "dtype" in value) return { shape: shape.map(inner), dtype: value.dtype };
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return [...value].map(inner);
  return Object.entries(value).map(([key, part]) => [key, inner(part)]);
}
