import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson, frozenJson } from "./json-value.js";

const what = () => "it";
const json = fc.jsonValue({ stringUnit: "binary" });

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe("frozenJson", () => {
  it("copies and freezes JSON values", () => {
    fc.assert(
      fc.property(json, (value) => {
        const copy = frozenJson(value, what);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        expect(isDeeplyFrozen(copy)).toBe(true);
        if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it("leaves out what is undefined in an object, and the sign of zero", () => {
    expect(Object.keys(frozenJson({ a: undefined, b: 1 }, what))).toEqual(["b"]);
    expect(frozenJson(-0, what)).toBe(0);
  });

  it("copies a key that is the name of the prototype", () => {
    const copy = frozenJson(JSON.parse('{"__proto__": {"a": 1}}') as object, what);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  it("takes objects of another realm and without prototype, and one object in two places", () => {
    expect(frozenJson(runInNewContext("({ a: [1] })"), what)).toEqual({ a: [1] });
    expect(frozenJson(Object.assign(Object.create(null) as object, { a: 1 }), what)).toEqual({ a: 1 });
    const shared = { a: 1 };
    expect(frozenJson([shared, shared], what)).toEqual([shared, shared]);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  const sparse: number[] = [];
  sparse[1] = 1;
  it.each([
    [{ a: [{ b: NaN }] }, "it.a[0].b is NaN"],
    [-Infinity, "it is -Infinity"],
    [{ f: () => 1 }, "it.f is of type function"],
    [[undefined], "it[0] is of type undefined"],
    [sparse, "it[0] is of type undefined"],
    [[1n], "it[0] is of type bigint"],
    [{ s: Symbol("s") }, "it.s is of type symbol"],
    [new Map(), "it is a Map"],
    [{ d: new Date(0) }, "it.d is a Date"],
    [new Float32Array(2), "it is a Float32Array"],
    [cycle, "it.self[0] contains itself"],
  ])("refuses %p", (value, message) => {
    expect(() => frozenJson(value, what)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
    );
  });

  it("refuses what is nested too deep to walk", () => {
    const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as unknown;
    expect(() => frozenJson(deep, what)).toThrow("nested deeper than 1000 levels");
  });
});

describe("canonicalJson", () => {
  it("is JSON of the same value, the same for any order of keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        if (typeof value !== "object" || value === null || Array.isArray(value)) return;
        expect(canonicalJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(text);
      }),
    );
    expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  });
});
