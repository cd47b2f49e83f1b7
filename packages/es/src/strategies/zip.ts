/** Lists that belong together, walked together. */
import { HyperfuncError } from "@hyperfunc/core";

/** @throws INVALID_STATE for lists of different lengths. */
export function zip<Left, Right>(left: readonly Left[], right: readonly Right[]): [Left, Right][] {
  if (left.length !== right.length) {
    throw new HyperfuncError(
      "INVALID_STATE",
      `Lists of ${left.length} and ${right.length} entries do not belong together.`,
    );
  }
  return left.map((entry, index) => [entry, right[index] as Right]);
}
