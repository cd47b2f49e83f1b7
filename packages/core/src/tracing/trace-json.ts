/** A trace as JSON that is safe to store and to show. */
import { types } from "node:util";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { withoutSecrets } from "../errors/without-secrets.js";
import type { Trace, TraceEdge, TraceNode } from "./trace.js";
import { isPlain } from "./walk-values.js";

/** A trace as a JSON value. */
export interface TraceJson {
  readonly version: 1;
  readonly nodes: readonly TraceNodeJson[];
  readonly edges: readonly TraceEdge[];
}

interface TraceNodeJson extends Pick<TraceNode, "id" | "name" | "kind" | "startedAt" | "state"> {
  readonly parent?: number;
  readonly endedAt?: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
}

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_NUMBERS = 8;
const MAX_CHARACTERS = 4000;

const SECRET_KEY = /api[-_]?key|authorization|token$|secret|password/i;
const REDACTED = "[redacted]";

/** Nodes and edges as a JSON value, every input and output made safe. */
export function traceJson(trace: Trace): TraceJson {
  return { version: 1, nodes: trace.nodes.map(nodeJson), edges: trace.edges.map((edge) => ({ ...edge })) };
}

function nodeJson(node: TraceNode): TraceNodeJson {
  const { id, name, kind, startedAt, state, parent, endedAt, input, output, error } = node;
  return {
    id,
    name,
    kind,
    state,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(parent === undefined ? {} : { parent }),
    ...(input === undefined ? {} : { input: toSafeJson(input) }),
    ...(output === undefined ? {} : { output: toSafeJson(output) }),
    ...(state === "failed" ? { error: errorJson(error) } : {}),
  };
}

function errorJson(error: unknown): NonNullable<TraceNodeJson["error"]> {
  if (!types.isNativeError(error))
    return { name: "Error", message: safeText(typeof error === "string" ? error : typeof error) };
  const { name, message } = error;
  return { name, message: safeText(message), ...(isHyperfuncError(error) ? { code: error.code } : {}) };
}

/**
 * Any value as JSON for people to read: long texts, lists and typed arrays shortened, tensors as shape and dtype, cycles
 * and depth cut, values under keys such as `apiKey` or `password` and credentials inside texts blacked out.
 */
export function toSafeJson(value: unknown): unknown {
  return convert(value, 0, []);
}

function convert(value: unknown, depth: number, enclosing: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      return safeText(value);
    case "number":
      return Number.isFinite(value) ? value + 0 : String(value); // -0 is 0 in JSON
    case "boolean":
      return value;
    case "bigint":
      return String(value);
    case "function":
      return `[function ${value.name}]`;
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (enclosing.includes(value)) return "[circular]";
  if (depth >= MAX_DEPTH) return "[too deep]";
  try {
    return convertObject(value, (part) => convert(part, depth + 1, [...enclosing, value]));
  } catch {
    // A proxy or a getter may refuse anything.
    return "[unreadable]";
  }
}

function convertObject(value: object, inner: (part: unknown) => unknown): unknown {
  if (ArrayBuffer.isView(value)) return typedArray(value);
  if (Array.isArray(value)) return shortened(value as readonly unknown[], inner);
  if (types.isSet(value)) return shortened([...value], inner);
  if (types.isMap(value)) return shortened(pairs(value), (pair) => pair.map(inner));
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (types.isNativeError(value)) return { error: value.name, message: safeText(value.message) };
  const tensor = tensorJson(value);
  if (tensor !== undefined) return tensor;
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
    ([, own]) => own.enumerable === true,
  );
  const shown = entries.slice(0, MAX_ITEMS).flatMap(([key, own]) => {
    if (own.get !== undefined) return [[key, "[getter]"] as const];
    if (own.value === undefined || typeof own.value === "function") return [];
    return [[key, inner(keyed(key, own.value))] as const];
  });
  const left = entries.length - MAX_ITEMS;
  const type = isPlain(value) ? [] : [["[class]", value.constructor.name] as const];
  return Object.fromEntries([...type, ...shown, ...(left > 0 ? [["[more]", left] as const] : [])]);
}

/** The value under a key, blacked out when the key says that it is a secret. */
function keyed(key: unknown, value: unknown): unknown {
  return typeof key === "string" && SECRET_KEY.test(key) && value !== null && value !== undefined
    ? REDACTED
    : value;
}

function pairs(map: Map<unknown, unknown>): [key: unknown, value: unknown][] {
  return [...map].map(([key, value]) => [key, keyed(key, value)]);
}

function shortened<T>(list: readonly T[], inner: (part: T) => unknown): unknown[] {
  const shown = list.slice(0, MAX_ITEMS).map(inner);
  return list.length > MAX_ITEMS ? [...shown, `[${list.length - MAX_ITEMS} more]`] : shown;
}

function typedArray(value: ArrayBufferView): unknown {
  const type = value.constructor.name;
  if (value instanceof DataView || !("length" in value)) return { [type]: value.byteLength };
  const values = [...(value as unknown as ArrayLike<number | bigint> & Iterable<number | bigint>)];
  return {
    [type]: values.length,
    values: values.slice(0, MAX_NUMBERS).map((number) => convert(number, 0, [])),
  };
}

/** What has a shape and a dtype is a tensor, whoever made it. */
function tensorJson(value: object): unknown {
  if (!("shape" in value && "dtype" in value)) return undefined;
  const { shape, dtype } = value;
  return Array.isArray(shape) && typeof dtype === "string"
    ? { tensor: dtype, shape: [...(shape as unknown[])] }
    : undefined;
}

function safeText(text: string): string {
  // Cut after blacking out, so that a cut never leaves half a secret.
  const safe = withoutSecrets(text);
  return safe.length > MAX_CHARACTERS
    ? `${safe.slice(0, MAX_CHARACTERS)}… (${safe.length} characters)`
    : safe;
}
