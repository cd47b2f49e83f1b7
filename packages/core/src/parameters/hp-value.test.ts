import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  type HpType,
  type LeafBatch,
} from "@hyperfunc/core";

const Mixed = defineHpType({
  name: "Mixed",
  fields: { topK: { default: 4, min: 1, max: 20, integer: true }, model: { choices: ["small", "large"] } },
});
const mixed = hyperfunction(
  { name: "mixed", hpType: Mixed, optimizeHparams: true },
  (_: number, { hp }) => `${hp.model}${hp.topK}`,
);
const system = hyperSystem({ name: "mixing", hyperfunctions: [mixed] }, (x: number) => mixed(x));

describe("values of a candidate", () => {
  const scoreWith = async (path: string, value: number): Promise<readonly (number | undefined)[]> => {
    const leaves = new Map<string, LeafBatch>([[path, { kind: "dense", values: new Float64Array([value]) }]]);
    const population = { size: 1, leaves };
    return (
      await system.evaluatePopulation(population, [example(0, "large7")], ([output]) => output?.length ?? NaN)
    ).scores;
  };

  it("reach the program as whole numbers and as choices", async () => {
    expect(await scoreWith("mixed.hp.model", 1)).toEqual(["large4".length]);
    expect(await scoreWith("mixed.hp.topK", 17)).toEqual(["small17".length]);
  });

  it.each(["mixed.hp.model", "mixed.hp.topK"])(
    "are refused where a search gives a fraction of %s",
    async (path) => {
      await expect(scoreWith(path, 0.5)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(new RegExp(`${path} is 0\\.5.*whole numbers`)),
      });
    },
  );
});

describe("a matrix", () => {
  const Weights: HpType<{ weight: unknown }> = {
    name: "Weights",
    fields: [{ kind: "tensor", name: "weight", shape: [2, 2], noiseRank: 1, initStd: 1 }],
    fixed: {},
  };

  it("needs a tensor package, and the error says which import is missing", async () => {
    const layer = hyperfunction({ name: "layer", hpType: Weights }, (_: undefined, { hp }) => hp.weight);
    await expect(layer()).rejects.toMatchObject({
      code: "NO_TENSOR_ENGINE",
      message: expect.stringMatching(/"weight" is a tensor.*@hyperfunc\/es/),
    });
  });
});
