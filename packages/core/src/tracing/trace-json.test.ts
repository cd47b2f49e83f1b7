import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { manualClock } from "../testing/manual-clock.js";
import { TraceRecorder } from "./trace-recorder.js";
import { toSafeJson } from "./trace-json.js";

describe("toSafeJson", () => {
  it.each<[string, unknown, unknown]>([
    ["plain values", { a: [1, "x", true, null] }, { a: [1, "x", true, null] }],
    ["numbers that JSON lacks", [NaN, -Infinity, 10n], ["NaN", "-Infinity", "10"]],
    ["functions", [() => 1], ["[function ]"]],
    ["dates", [new Date(0), new Date(NaN)], ["1970-01-01T00:00:00.000Z", "Invalid Date"]],
    ["maps and sets", [new Map([["k", 1]]), new Set([2])], [[["k", 1]], [2]]],
    ["errors", new TypeError("wrong"), { error: "TypeError", message: "wrong" }],
    ["short typed arrays", new Float32Array([1, 2]), { Float32Array: 2, values: [1, 2] }],
    ["long typed arrays", new Uint8Array(1000), { Uint8Array: 1000, values: [0, 0, 0, 0, 0, 0, 0, 0] }],
    ["tensors", { shape: [2, 3], dtype: "float32", dataId: {} }, { tensor: "float32", shape: [2, 3] }],
    ["undefined", { a: undefined }, {}],
  ])("shows %s", (_what, value, shown) => {
    expect(toSafeJson(value)).toEqual(shown);
  });

  it("names the class of an instance", () => {
    class Answer {
      readonly text = "yes";
    }
    expect(toSafeJson(new Answer())).toEqual({ "[class]": "Answer", text: "yes" });
  });

  it("cuts long texts, long lists, depth and cycles", () => {
    expect(toSafeJson("x".repeat(5000))).toBe(`${"x".repeat(4000)}… (5000 characters)`);
    expect(toSafeJson(Array.from({ length: 150 }, () => 0))).toHaveLength(101);
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`k${index}`, 0]));
    expect(Object.keys(toSafeJson(many) as object)).toHaveLength(101);
    const circle: unknown[] = [];
    circle.push(circle);
    expect(toSafeJson(circle)).toEqual(["[circular]"]);
    let deep: unknown = 1;
    for (let i = 0; i < 50; i++) deep = [deep];
    expect(JSON.stringify(toSafeJson(deep))).toBe('[[[[[[[["[too deep]"]]]]]]]]');
  });

  it.each([
    "apiKey",
    "api_key",
    "API-KEY",
    "openaiApiKey",
    "Authorization",
    "accessToken",
    "token",
    "clientSecret",
    "password",
  ])("blacks out what is under %s", (key) => {
    const canary = "canary-4711";
    const values = [
      { [key]: canary },
      { [key]: { nested: [canary] } },
      new Map([[key, canary]]),
      { headers: [{ [key]: canary }] },
    ];
    for (const value of values) expect(JSON.stringify(toSafeJson(value))).not.toContain(canary);
  });

  it("keeps what only looks like a secret", () => {
    const usage = { inputTokens: 3, maxTokens: 5, totalTokens: 8, tokens: ["a"] };
    expect(toSafeJson(usage)).toEqual(usage);
    expect(toSafeJson({ apiKey: undefined, token: null })).toEqual({ token: null });
  });

  it("blacks out credentials inside texts, also where a cut would have left half of one", () => {
    const key = `sk-${"a1B2".repeat(10)}`;
    for (const text of [
      `Bearer ${key}`,
      `failed with key ${key}.`,
      `${"x".repeat(3990)} ${key}`,
      `Authorization: Bearer abcdefgh1234`,
    ]) {
      const shown = String(toSafeJson(text));
      expect(shown).toContain("[redacted]".slice(0, 8));
      expect(shown).not.toMatch(/a1B2|abcdefgh/);
    }
  });

  it("does not call getters", () => {
    const trap = {
      get danger(): never {
        throw new Error("read");
      },
    };
    expect(toSafeJson(trap)).toEqual({ danger: "[getter]" });
  });

  it("makes JSON of anything", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          const shown = toSafeJson(value);
          expect(JSON.parse(JSON.stringify(shown ?? null))).toEqual(shown ?? null);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("trace.toJson", () => {
  it("holds nodes and edges, survives JSON, and tells errors without their stack", () => {
    const clock = manualClock(5);
    const recorder = new TraceRecorder({ clock });
    const a = recorder.start({ name: "a", input: { apiKey: "canary", text: "hello" } });
    const inner = recorder.start({ name: "m", kind: "model", input: undefined, parent: a });
    recorder.fail(inner, new HyperfuncError("INFRASTRUCTURE", `401 for Bearer ${"c".repeat(20)}`));
    recorder.finish(a, { value: 1 });
    recorder.start({ name: "b", input: 1 });
    const json = recorder.trace().toJson();
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json).toEqual({
      version: 1,
      nodes: [
        {
          id: 0,
          name: "a",
          kind: "hyperfunction",
          state: "finished",
          startedAt: 5,
          endedAt: 5,
          input: { apiKey: "[redacted]", text: "hello" },
          output: { value: 1 },
        },
        {
          id: 1,
          name: "m",
          kind: "model",
          state: "failed",
          startedAt: 5,
          endedAt: 5,
          parent: 0,
          error: { name: "HyperfuncError", code: "INFRASTRUCTURE", message: "401 for [redacted]" },
        },
        { id: 2, name: "b", kind: "hyperfunction", state: "running", startedAt: 5, input: 1 },
      ],
      edges: [{ from: 0, to: 2, kind: "order" }],
    });
  });
});
