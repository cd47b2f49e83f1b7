import { describe, expect, it } from "@jest/globals";
import { fillNormals, foldIn, normalAt, rngKey } from "@hyperfunc/core";
import { hostNormals } from "../../src/kernels/host-normals.js";

describe("hostNormals", () => {
  it.each([1, 2, 7, 8, 9, 196, 4099])("draws the bits of fillNormals, in rows of %i", (width) => {
    const rows = Math.ceil(60_000 / width);
    const key = rngKey(-3, "rows", width);
    const counter = 0x9000_0001;
    const drawn = hostNormals(key, rows, width, counter);
    const expected = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      fillNormals(expected.subarray(row * width, (row + 1) * width), foldIn(key, row), counter);
    }
    expect(drawn.findIndex((value, index) => !Object.is(value, expected[index]))).toBe(-1);
  });

  it("draws nothing of no rows", () => {
    expect(hostNormals(rngKey(0), 0, 4, 0)).toHaveLength(0);
  });

  it("has every value where normalAt has it", () => {
    const key = rngKey(5);
    const values = new Float32Array(3000);
    fillNormals(values, key, 12);
    expect(Array.from(values, (_, index) => normalAt(key, 12, index))).toEqual([...values]);
  });
});
