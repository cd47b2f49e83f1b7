import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { strictJson } from "./strict-json.js";

describe("strictJson", () => {
  it("brings back every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(strictJson(value, "value"))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("leaves undefined properties out and takes one object twice", () => {
    const shared = { a: 1 };
    expect(strictJson({ x: undefined, y: [shared, shared] }, "value")).toBe('{"y":[{"a":1},{"a":1}]}');
  });

  it.each([
    [{ a: [0, NaN] }, "value.a[1] is NaN"],
    [{ a: { b: -Infinity } }, "value.a.b is -Infinity"],
    [1n, "value is of type bigint"],
    [[undefined], "value[0] is of type undefined"],
    [{ f: () => 1 }, "value.f is of type function"],
    [{ at: new Date(0) }, "value.at is a Date"],
    [new Float32Array(2), "value is a Float32Array"],
    [new Map(), "value is a Map"],
  ])("refuses %p", (value, message) => {
    expect(() => strictJson(value, "value")).toThrow(message);
  });

  it("refuses a cycle", () => {
    const circle: { self?: unknown } = {};
    circle.self = [circle];
    expect(() => strictJson(circle, "value")).toThrow("value.self[0] contains itself");
  });
});
