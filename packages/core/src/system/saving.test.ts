import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  defineHpType,
  example,
  hyperfunction,
  HyperSystem,
  hyperSystem,
  perExample,
  type AnyHyperfunction,
  type HpType,
} from "@hyperfunc/core";

const Wide = defineHpType({ name: "Wide", fields: { a: { default: 0 }, b: { default: 1 } } });
const Weights: HpType<{ weight: Float32Array }> = {
  name: "Weights",
  fields: [{ kind: "tensor", name: "weight", shape: [2, 2], noiseRank: 1, initStd: 1 }],
  fixed: {},
};
const wide = hyperfunction(
  { name: "wide", hpType: Wide, optimizeHparams: true },
  (x: number, { hp }) => x * hp.a + hp.b,
);
const matrix = hyperfunction({ name: "matrix", hpType: Weights, optimizeHparams: true }, (x: number) => x);
const ask = hyperfunction(
  { name: "ask", prompt: "Ask.", demos: [{ inputs: 1, output: "one" }] },
  (x: number, { prompt }) => prompt.length + x,
);
const itself = perExample((output: number) => output);

class Saved extends HyperSystem<number, number> {
  async run(x: number): Promise<number> {
    return (await wide(x)) + (await ask(x));
  }
}
const fresh = (...hyperfunctions: AnyHyperfunction[]): Saved => new Saved({ hyperfunctions });

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });

describe("exportState and importState", () => {
  it("bring back the same bits, through JSON", () => {
    fc.assert(
      fc.property(finite, finite, fc.array(float, { minLength: 4, maxLength: 4 }), (a, b, weight) => {
        const system = fresh(wide, matrix, ask);
        system.setHpState({ wide: [a, b], matrix: weight });
        const copy = fresh(wide, matrix, ask);
        copy.importState(JSON.parse(JSON.stringify(system.exportState())));
        const bits = (state: Saved): Record<string, number[]> =>
          Object.fromEntries(
            Object.entries(state.getHpState()).map(([name, values]) => [
              name,
              [...new Uint8Array(values.buffer)],
            ]),
          );
        expect(bits(copy)).toEqual(bits(system));
      }),
    );
  });

  it("carry prompts and demonstrations", async () => {
    const state = fresh(wide, ask).exportState();
    const asked = state.hyperfunctions["ask"];
    expect(asked).toEqual({ prompt: "Ask.", demos: [{ inputs: 1, output: "one" }] });
    const copy = fresh(wide, ask);
    const hyperfunctions = { ...state.hyperfunctions, ask: { ...asked, prompt: "Ask again." } };
    copy.importState({ ...state, hyperfunctions });
    expect(await copy.run(0)).toBe(1 + "Ask again.".length);
  });

  it("share nothing with the system", () => {
    const system = fresh(wide, ask);
    const before = JSON.stringify(system.exportState());
    const state = system.exportState();
    system.setHpState({ wide: [7, 7] });
    expect(JSON.stringify(state)).toBe(before);
  });
});

describe("a state of another program", () => {
  it("is refused with every difference named, and changes nothing", () => {
    const gate = defineHpType({ name: "Gate", fields: { a: { default: 0 }, c: { default: 1 } } });
    const other = hyperfunction({ name: "wide", hpType: gate, optimizeHparams: true }, (x: number) => x);
    const square = hyperfunction(
      { name: "matrix", hpType: { ...Weights, fields: [{ ...Weights.fields[0], shape: [4, 1] }] } as HpType },
      () => 1,
    );
    const gone = hyperfunction({ name: "gone" }, () => 1);
    const state = fresh(other, square, gone).exportState();
    const system = fresh(wide, matrix, ask);
    const before = system.exportState();
    expect(() => system.importState(state)).toThrow(expect.objectContaining({ code: "PROGRAM_MISMATCH" }));
    const problems = [
      '"gone" is saved but not in the program',
      '"ask" is in the program but not saved',
      "wide.hp.b is in the program but not saved",
      "wide.hp.c is saved but not in the program",
      "matrix.hp.weight has shape [2, 2], saved is [4, 1]",
    ];
    for (const problem of problems) expect(() => system.importState(state)).toThrow(problem);
    expect(system.exportState()).toEqual(before);
  });

  it("is refused when its numbers are no values of this program", () => {
    const narrow = defineHpType({ name: "Wide", fields: { a: { default: 0, max: 1 }, b: { default: 1 } } });
    const limited = hyperfunction({ name: "wide", hpType: narrow, optimizeHparams: true }, (x: number) => x);
    const system = fresh(wide);
    system.setHpState({ wide: [5, 1] });
    expect(() => fresh(limited).importState(system.exportState())).toThrow(/wide\.hp\.a: 5 is outside/);
    const state = fresh(wide).exportState();
    const spoil = (values: unknown) => ({
      ...state,
      hyperfunctions: { wide: { ...state.hyperfunctions["wide"], values } },
    });
    expect(() => fresh(wide).importState(spoil({ dtype: "float64", base64: "AAAAAAAAAAA=" }))).toThrow(
      /takes 2.*saved are 1/,
    );
    expect(() => fresh(wide).importState(spoil({ dtype: "float64", base64: "!" }))).toThrow(
      expect.objectContaining({ code: "PROGRAM_MISMATCH" }),
    );
    expect(() => fresh(wide).importState(spoil({ dtype: "float32", base64: "AAAAAAAAAAA=" }))).toThrow(
      /float64.*float32/,
    );
  });

  it.each([
    ["another version", { version: 99 }, /version 99.*reads version 1/],
    ["another format", { format: "other" }, /not a saved state/],
    ["no hyperfunctions", { hyperfunctions: null }, /not a saved state/],
  ])("is refused: %s", (_, change, message) => {
    const state = { ...fresh(wide).exportState(), ...change };
    expect(() => fresh(wide).importState(state)).toThrow(
      expect.objectContaining({ code: "PROGRAM_MISMATCH", message: expect.stringMatching(message) }),
    );
  });

  it.each([[undefined], [null], ["text"], [[]], [{}]])("is refused: %j", (json) => {
    expect(() => fresh(wide).importState(json)).toThrow(
      expect.objectContaining({ code: "PROGRAM_MISMATCH" }),
    );
  });
});

describe("a state that is loaded before the program is known", () => {
  const tuned = fresh(wide, ask);
  tuned.setHpState({ wide: [3, 0] });

  it("waits for the hyperfunctions", async () => {
    const system = new Saved();
    system.importState(tuned.exportState());
    expect(await system.run(2)).toBe(6 + 4 + 2);
    expect(await system.evaluate([example(2, 0)], itself)).toBe(12);
    expect(system.getHpState()).toEqual({ wide: new Float64Array([3, 0]) });
  });

  it("is refused by every evaluation of another program", async () => {
    const system = hyperSystem({ name: "other" }, (x: number) => matrix(x));
    system.importState(tuned.exportState());
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(system.evaluate([example(2, 0)], itself)).rejects.toMatchObject({
        code: "PROGRAM_MISMATCH",
        message: expect.stringMatching(/"wide" is saved.*"ask" is saved.*"matrix" is in the program/),
      });
    }
  });

  it("is refused by every call of a hyperfunction that it does not fit", async () => {
    const other = hyperfunction({ name: "wide", hpType: Weights, optimizeHparams: true }, (x: number) => x);
    const system = hyperSystem({ name: "other" }, (x: number) => other(x));
    system.importState(tuned.exportState());
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(system.run(1)).rejects.toMatchObject({ code: "PROGRAM_MISMATCH" });
    }
  });

  it("keeps values of hyperfunctions that only other inputs reach", async () => {
    const system = hyperSystem({ name: "branching" }, (x: number) => (x > 0 ? wide(x) : ask(x)));
    system.importState(tuned.exportState());
    expect(await system.evaluate([example(-1, 0)], itself)).toBe(3);
    expect(Object.keys(system.exportState().hyperfunctions).sort()).toEqual(["ask", "wide"]);
    expect(await system.run(2)).toBe(6);
  });

  it("gives way to one that is loaded later", async () => {
    const system = new Saved();
    system.importState(tuned.exportState());
    system.importState(fresh(ask, wide).exportState());
    expect(await system.run(2)).toBe(1 + 4 + 2);
  });
});

describe("save and load", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "hyperfunc-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("go through a file", async () => {
    const path = join(directory, "model.json");
    const system = fresh(wide, ask);
    system.setHpState({ wide: [0.1, -3] });
    await system.save(path);
    await system.save(path);
    const copy = new Saved();
    await copy.load(path);
    expect(await copy.run(1)).toBe(await system.run(1));
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(system.exportState());
  });

  it("refuse a file that is no JSON, naming it", async () => {
    const path = join(directory, "broken.json");
    await writeFile(path, '{"format":');
    await expect(fresh(wide).load(path)).rejects.toMatchObject({
      code: "PROGRAM_MISMATCH",
      message: expect.stringMatching(/broken\.json is not JSON/),
    });
  });

  it("fail for a file that is not there", async () => {
    await expect(fresh(wide).load(join(directory, "none.json"))).rejects.toThrow(/ENOENT/);
  });
});

describe("a state of another program", () => {
  it("is refused by the first run, when the program was not known before", async () => {
    const other = hyperfunction({ name: "other", hpType: Wide, optimizeHparams: true }, (x: number) => x);
    const foreign = hyperSystem({ name: "foreign", hyperfunctions: [other] }, (x: number) => other(x));
    const system = new Saved();
    system.importState(foreign.exportState());
    await expect(system.run(2)).rejects.toMatchObject({ code: "PROGRAM_MISMATCH" });
  });

  it("is not made of nothing", () => {
    expect(() => new Saved().exportState()).toThrow("knows no hyperfunctions yet");
  });
});
