import { BatchedRng } from "../context/batched-rng.js";
import { createRng, type Rng } from "../rng/rng.js";
import type { BatchLayout, BatchMember } from "../tensors/tensor-engine.js";
import type { Evaluation } from "./evaluation.js";

/**
 * The source of a batched run at a position in its call tree, keyed for every member as in a run of its own: by seed,
 * example and the member's own path. Members with the same key share one source.
 */
export function batchedDraws(
  { services, keys, candidateOffset }: Evaluation,
  layoutOf: () => BatchLayout,
  pathOf: (member: BatchMember, path: string) => string = (_member, path) => path,
): (path: string) => Rng {
  return (path) => {
    const layout = layoutOf();
    return new BatchedRng(layout, () => {
      const known = new Map<number, Map<string, Rng>>();
      return layout.members.map((member) => {
        const own = pathOf(member, path);
        const ofExample = known.get(member.example) ?? new Map<string, Rng>();
        known.set(member.example, ofExample);
        const source =
          ofExample.get(own) ?? createRng(services.seed, keys[member.example] ?? member.example, own);
        ofExample.set(own, source);
        return { candidate: member.candidate + candidateOffset, source };
      });
    });
  };
}
