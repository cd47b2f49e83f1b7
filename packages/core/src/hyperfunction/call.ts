import type { Frame } from "../context/frame.js";
import type { AnyHyperfunction, CallOverrides } from "./hyperfunction.js";

/** One call of a hyperfunction, before it runs; middleware sees and may replace it. */
export interface Call {
  readonly hyperfunction: AnyHyperfunction;
  readonly input: unknown;
  readonly overrides: CallOverrides<unknown>;
  /** The frame the call was made in. */
  readonly caller: Frame;
  /** How many calls of this name came before it in the same frame. */
  readonly occurrence: number;
  readonly signal: AbortSignal | undefined;
  /** Node in the trace, when the run is traced. */
  readonly node: number | undefined;
}

/** The rest of the chain. */
export type Next = (call: Call) => Promise<unknown>;

/**
 * A layer around every call of a system's hyperfunctions.
 *
 * @example
 * import type { Middleware } from "@hyperfunc/core";
 * const shout: Middleware = async (call, next) => {
 *   const output = await next(call);
 *   return typeof output === "string" ? output.toUpperCase() : output;
 * };
 */
export interface Middleware {
  (call: Call, next: Next): Promise<unknown>;
  /** Declares that the layer works on values of many runs at once; others rule batching out. Default false. */
  readonly batchAware?: boolean;
}

/** Puts layers around `last`, the first outermost. */
export function compose(layers: readonly Middleware[], last: Next): Next {
  return layers.reduceRight<Next>((next, layer) => (call) => layer(call, next), last);
}
