/** A strategy's state as JSON and back, bit for bit. */
import { decodeFloats, encodeFloats, HyperfuncError, type EncodedFloats } from "@hyperfunc/core";
import { leafSize, type StrategyLeaf, type Values } from "./leaf.js";
import type { EvolutionStrategy, StrategyState } from "./strategy.js";
import { zip } from "./zip.js";

export interface StrategyStateJson {
  readonly generation: number;
  /** One entry per leaf, in the order of the strategy's leaves. */
  readonly means: readonly EncodedFloats[];
  readonly step: { readonly count: number; readonly moments: readonly (readonly EncodedFloats[])[] };
}

export function encodeStrategyState({ generation, means, step }: StrategyState): StrategyStateJson {
  return {
    generation,
    means: means.map(encodeFloats),
    step: { count: step.count, moments: step.moments.map((slot) => slot.map(encodeFloats)) },
  };
}

/** @throws CHECKPOINT_MISMATCH when the state is not one of this strategy, INVALID_ARGUMENT when it is damaged. */
export function decodeStrategyState(strategy: EvolutionStrategy, json: StrategyStateJson): StrategyState {
  const { leaves, slots } = strategy;
  const { generation, means, step } = json;
  const counts = [means.length, ...step.moments.map((slot) => slot.length)];
  if (step.moments.length !== slots || counts.some((count) => count !== leaves.length)) {
    mismatch(
      `it has ${means.length} parameters and ${step.moments.length} moments`,
      `${leaves.length} and ${slots}`,
    );
  }
  return {
    generation,
    means: zip(leaves, means).map(([leaf, encoded]) => decoded(leaf, encoded)),
    step: {
      count: step.count,
      moments: step.moments.map((slot) =>
        zip(leaves, slot).map(([leaf, encoded]) => new Float32Array(decoded(leaf, encoded))),
      ),
    },
  };
}

function decoded(leaf: StrategyLeaf, encoded: EncodedFloats): Values {
  const values = decodeFloats(encoded);
  const size = leafSize(leaf);
  if (values.length !== size) mismatch(`"${leaf.path}" has ${values.length} numbers`, String(size));
  return values;
}

function mismatch(found: string, wanted: string): never {
  throw new HyperfuncError(
    "CHECKPOINT_MISMATCH",
    `The saved state does not fit the strategy: ${found}, expected ${wanted}; restore it with the options it was made with.`,
  );
}
