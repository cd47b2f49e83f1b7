import { describe, expect, it } from "@jest/globals";
import { decoded } from "../src/model/decode.js";

const schema = {
  jsonSchema: {},
  parse: (value: unknown) => {
    if (typeof value !== "object" || value === null || !("a" in value)) throw new Error("a is missing");
    return value;
  },
};

describe("decoded", () => {
  it.each([
    ['{"a":1}'],
    ['```json\n{"a":1}\n```'],
    ['Here you are:\n{"a":1}\nAnything else?'],
    ['First thoughts:\n```json\n{"a":0}\n```\nBetter:\n```json\n{"a":1}\n```'],
    ["{'a': 1}"],
    ["{a: 1,}"],
    ['{"a": 1 /* one */}'],
    ['```json\n{"a": 1,}\n```'],
    ['Sure: {"a": 1, // one\n}'],
  ])("finds the value in %j", (content) => {
    expect(decoded(content, schema)).toEqual({ ok: true, value: { a: 1 } });
  });

  it("reads a fence that runs on without end in no time", () => {
    const start = performance.now();
    expect(decoded(`\`\`\`json\n${"\n".repeat(40_000)}`, schema, "length").ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(200);
  });

  it("guesses nothing: not of prose, nor of what was cut off", () => {
    expect(decoded("a is one", schema)).toMatchObject({ ok: false, why: "the answer has no JSON in it." });
    expect(decoded("[see] the 'a' {or} b", { jsonSchema: {} })).toMatchObject({ ok: false });
    expect(decoded('{"a": 1, "b": [1, 2}', schema, "length")).toMatchObject({ ok: false });
    for (const reason of ["stop", "other", "content-filter"] as const) {
      expect(decoded('{"a":[{"b":1},{"b":2},{"b":', schema, reason)).toMatchObject({ ok: false });
    }
    expect(decoded('{"a":1,}\n{"a":2,}', schema, "stop")).toMatchObject({ ok: false });
    expect(decoded("{'a': 1}", schema, "other")).toMatchObject({ ok: false });
  });

  it("says what does not fit", () => {
    expect(decoded('{"b":1}', schema)).toEqual({ ok: false, why: "a is missing" });
  });

  it("is quick with long texts", () => {
    const start = performance.now();
    decoded(`{${'"key": "value", '.repeat(20_000)}`, schema, "stop");
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
