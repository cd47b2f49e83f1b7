/** The meaning of a population: every candidate as a plain state, every example by itself. */
import { assembleHp, candidateState, type HyperfunctionLayout, type Population } from "@hyperfunc/core";
import { OwnedTensors, runOwned } from "../../src/lifetime/owned-tensors.js";
import { tfjsTensorEngine } from "../../src/population/tensor-engine.js";

export type HpOfCandidate = (hyperfunction: string) => object;

/** `[candidate][example]`; the tensors of the result are the caller's. */
export async function plainPopulation<Input>(
  population: Population,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
  inputs: readonly Input[],
  run: (input: Input, hp: HpOfCandidate) => unknown,
): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for (let candidate = 0; candidate < population.size; candidate++) {
    const state = candidateState(population, layouts, candidate);
    const row: unknown[] = [];
    for (const input of inputs) {
      const scope = new OwnedTensors();
      const output = await runOwned(scope, async () =>
        run(input, (name) => plainHp(name, state.values.get(name), layouts)),
      );
      scope.close(output);
      row.push(output);
    }
    rows.push(row);
  }
  return rows;
}

function plainHp(
  name: string,
  values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> } = new Float64Array(),
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
): object {
  const layout = layouts.get(name);
  if (layout === undefined) throw new RangeError(`No hyperfunction ${name}.`);
  return assembleHp(layout, ({ field, offset, size }) => {
    if (field.kind === "choice") return field.choices[values[offset] ?? 0];
    if (field.kind === "scalar" && !field.tensor) return values[offset];
    return tfjsTensorEngine.hpTensor(field, values.subarray(offset, offset + size));
  });
}
