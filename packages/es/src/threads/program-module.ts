/** The user's program, loaded from its module. */
import { HyperfuncError, HyperSystem, type Example, type Metric } from "@hyperfunc/core";

export interface Program {
  readonly system: HyperSystem;
  readonly data: readonly Example[];
  readonly metric: Metric;
}

/** @throws INVALID_ARGUMENT when the module cannot be loaded or exports something else, with the names of the exports. */
export async function loadProgram(address: string): Promise<Program> {
  const exports = await load(address);
  const system = await made(exports["system"]);
  const data = await made(exports["data"]);
  const metric = exports["metric"];
  if (!(system instanceof HyperSystem))
    refuse(address, exports, "system", "a system, or a function that makes one");
  if (!Array.isArray(data))
    refuse(address, exports, "data", "the training examples, or a function that gives them");
  if (typeof metric !== "function" && typeof Reflect.get(Object(metric), "score") !== "function")
    refuse(address, exports, "metric", "the metric of the optimisation");
  return { system: system as HyperSystem, data: data as readonly Example[], metric: metric as Metric };
}

async function load(address: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(address)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = reason.includes("Unknown file extension") ? "; build it, or install tsx beside it" : "";
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `threads.module ${address} cannot be loaded: ${reason}${remedy}`,
      { cause: error },
    );
  }
}

async function made(exported: unknown): Promise<unknown> {
  return typeof exported === "function" ? await (exported as () => unknown)() : exported;
}

function refuse(address: string, exports: object, name: string, what: string): never {
  const names = Object.keys(exports);
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `threads.module ${address} must export "${name}", ${what}; it exports ${names.length === 0 ? "nothing" : names.join(", ")}.`,
  );
}
