/** Every operation of tfjs inside a batched function; docs/vmap.md has to say what is observed here. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { inputsOf } from "../../../src/backend/tfjs-engine.js";
import { useBackend } from "../../../src/backend/use-backend.js";
import { batchAxisOf } from "../../../src/vmap/batched-tensor.js";
import { interceptKernels } from "../../../src/vmap/kernel-hook.js";
import { RULES } from "../../../src/vmap/rules/rule-table.js";
import { OP_CASES } from "../op-cases/all-cases.js";
import { observeFactors } from "./observe-factors.js";
import { differenceNested, observe } from "./observe.js";
import { OPERATIONS } from "./exported.js";
import { markdownOf, rowsOf, type Observation } from "./table.js";

const DOCUMENT = new URL("../../../../../docs/vmap.md", import.meta.url);
const BEGIN = "<!-- observed: begin -->\n\n";
const END = "\n\n<!-- observed: end -->";
const REGENERATE = "UPDATE_VMAP_TABLE=1 npm test -- test/vmap/operations";

const observations: Observation[] = [];
const dispatched = new Set<string>();

interceptKernels((kernel, inputs) => {
  if (inputsOf(inputs).some((input) => input && batchAxisOf(input) !== undefined)) dispatched.add(kernel);
  return undefined;
});

it("has a case for every operation that tfjs exports, and for no other", () => {
  const named = new Set(OP_CASES.map(({ op }) => op));
  expect(OPERATIONS.filter((operation) => !named.has(operation))).toEqual([]);
  expect([...named].filter((operation) => !OPERATIONS.includes(operation))).toEqual([]);
});

describe.each(["cpu", "wasm"] as const)("inside a batched function on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(OP_CASES.map((test) => [test.op, test.what, test] as const))("%s %s", async (_op, _what, test) => {
    const before = tf.memory().numTensors;
    const trials = await observe(test);
    const matrices = observeFactors(test);
    observations.push({ test, backend, trials, matrices });
    for (const { batched, outcome } of trials) {
      if (!("difference" in outcome)) continue;
      expect({ batched, ...outcome }).toMatchObject({ batched, difference: expect.closeTo(0, 4) });
    }
    const isRefused = trials.some(({ outcome }) => outcome.kind === "unsupported");
    if (Object.keys(test.operands).length > 0 && !test.random && !isRefused)
      expect((await differenceNested(test)) ?? 0).toBeCloseTo(0, 4);
    for (const trial of matrices) expect(trial).toMatchObject({ difference: expect.closeTo(0, 3) });
    // tfjs registers a variable before it finds that it cannot have one.
    if (test.op !== "variable") expect(tf.memory().numTensors).toBe(before);
  });
});

describe("what was observed", () => {
  it("has met every rule", () => {
    expect([...RULES.keys()].filter((kernel) => !dispatched.has(kernel))).toEqual([]);
  });

  it(`is what docs/vmap.md says (after a change: ${REGENERATE})`, () => {
    const text = readFileSync(DOCUMENT, "utf8");
    const [head = "", rest = ""] = text.split(BEGIN);
    const [, tail = ""] = rest.split(END);
    const observed = `${head}${BEGIN}${markdownOf(rowsOf(observations))}${END}${tail}`;
    if (process.env["UPDATE_VMAP_TABLE"] !== undefined) writeFileSync(DOCUMENT, observed);
    else expect(text).toBe(observed);
  });
});
