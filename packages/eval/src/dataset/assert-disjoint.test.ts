import { describe, expect, it } from "@jest/globals";
import { isHyperfuncError } from "@hyperfunc/core";
import { assertDisjoint } from "./assert-disjoint.js";
import { Dataset } from "./dataset.js";

function refusal(...datasets: readonly Dataset<unknown, unknown>[]): string {
  try {
    assertDisjoint(...datasets);
  } catch (error) {
    if (isHyperfuncError(error, "INVALID_ARGUMENT")) return error.message;
    throw error;
  }
  return "";
}

describe("assertDisjoint", () => {
  const train = Dataset.of([{ inputs: "What is it?", expected: 1, id: "a" }], { name: "train" });

  it("names examples whose inputs are the same but for their writing, though ids and expected differ", () => {
    const test = Dataset.of([
      { inputs: "other", expected: 1, id: "a" },
      { inputs: " what  IS it?", expected: 2, id: "b" },
    ]);
    expect(refusal(train, test)).toBe(
      'The datasets are not disjoint: "a" in "train" and "b" in dataset 2 have the same inputs. Split one dataset that holds all examples, or remove these from one of them.',
    );
    expect(refusal(train, test.take(1))).toBe("");
    expect(refusal(train)).toBe("");
  });

  it("takes two datasets of one name for two", () => {
    expect(refusal(train, Dataset.of([...train], { name: "train" }))).toContain(
      '"a" in "train" and "a" in "train" have the same inputs',
    );
  });

  it("names examples of one group", () => {
    const [one, other] = ["one", "other"].map((inputs) =>
      Dataset.of([{ inputs, expected: 1, id: inputs, group: "chat 7" }], { name: inputs }),
    );
    expect(refusal(train, one ?? train, other ?? train)).toContain(
      '"one" in "one" and "other" in "other" have the same group "chat 7".',
    );
  });

  it("names examples that `by` told another split to keep together, also after they were changed", () => {
    const dataset = Dataset.of(
      Array.from({ length: 60 }, (_, i) => ({ inputs: { user: `u${i % 10}`, text: `${i}` }, expected: i })),
    );
    const by = ({ inputs }: { inputs: { user: string } }) => inputs.user;
    const parts = dataset.split({ train: 0.5, test: 0.5 }, { by });
    assertDisjoint(parts.train, parts.test);
    const strip = (part: typeof dataset) =>
      part.map(({ inputs, expected }) => ({ inputs: inputs.text, expected }));
    assertDisjoint(strip(parts.train), strip(parts.test));
    const renamed = parts.train.map((example) => ({ ...example, id: `${example.id}!`, inputs: example.id }));
    const other = dataset.split({ train: 0.5, test: 0.5 }, { by, seed: 1 });
    expect(refusal(renamed, strip(other.test))).toMatch(/have the same group "u\d"/);
  });

  it("counts those it does not name", () => {
    const records = Array.from({ length: 8 }, (_, i) => ({ inputs: i, expected: i, id: `${i}` }));
    const message = refusal(Dataset.of(records), Dataset.of(records));
    expect(message).toContain('"4" in dataset 1 and "4" in dataset 2 have the same inputs; and 3 more.');
    expect(message).not.toContain('"5"');
  });
});
