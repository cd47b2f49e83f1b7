import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeFloats, encodeFloats, type EncodedFloats } from "./float-codec.js";

const bitsOf = (values: Float32Array | Float64Array): number[] => [
  ...new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
];
const throughJson = (encoded: EncodedFloats): EncodedFloats =>
  JSON.parse(JSON.stringify(encoded)) as EncodedFloats;

describe("the float codec", () => {
  it("brings back the same bits, in the same precision, through JSON", () => {
    const arrays = fc.oneof(
      fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 50 }),
      fc.float64Array({ noNaN: true, noDefaultInfinity: true, maxLength: 50 }),
    );
    fc.assert(
      fc.property(arrays, fc.nat(3), (values, from) => {
        // A view into the middle of a buffer, as parameters often are.
        const part = values.subarray(from);
        const decoded = decodeFloats(throughJson(encodeFloats(part)));
        expect(decoded.constructor).toBe(values.constructor);
        expect(bitsOf(decoded)).toEqual(bitsOf(part));
        expect(decoded.buffer).not.toBe(values.buffer);
      }),
    );
  });

  it("keeps the sign of zero, subnormals and the largest values", () => {
    const values = new Float64Array([-0, 5e-324, -Number.MAX_VALUE, 0.1]);
    expect(bitsOf(decodeFloats(encodeFloats(values)))).toEqual(bitsOf(values));
  });

  it("is little-endian", () => {
    expect(encodeFloats(new Float32Array([1]))).toEqual({ dtype: "float32", base64: "AACAPw==" });
    expect(encodeFloats(new Float64Array([1]))).toEqual({ dtype: "float64", base64: "AAAAAAAA8D8=" });
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d, naming the position", (bad) => {
    expect(() => encodeFloats(new Float32Array([0, bad]))).toThrow(`got ${bad} at position 1`);
    expect(() => encodeFloats(new Float64Array([bad]))).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  it.each([
    { dtype: "float32", base64: "AACA" },
    { dtype: "float64", base64: "AACAPw==" },
    { dtype: "float32", base64: "AACAPw=" },
    { dtype: "float32", base64: "not base64!" },
    { dtype: "int32", base64: "AACAPw==" },
    { dtype: "float32", base64: "AADAfw==" },
  ])("refuses damaged %j", (damaged) => {
    expect(() => decodeFloats(damaged as EncodedFloats)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
