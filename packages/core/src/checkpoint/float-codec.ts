/** Float arrays as JSON, bit for bit: base64 of the little-endian bytes. */
import { Buffer } from "node:buffer";
import { endianness } from "node:os";
import { invalidArgument } from "../errors/hyperfunc-error.js";

/** A float array as a JSON value. */
export interface EncodedFloats {
  readonly dtype: "float32" | "float64";
  /** Base64 of the little-endian bytes. */
  readonly base64: string;
}

/**
 * Encodes an array so that `decodeFloats` gives back the same bits.
 *
 * @throws INVALID_ARGUMENT, naming the position, for NaN or an infinity: they never belong into a saved state.
 * @example
 * import { decodeFloats, encodeFloats } from "@hyperfunc/core";
 * const saved = JSON.stringify(encodeFloats(new Float32Array([0.1, -2])));
 * console.log(decodeFloats(JSON.parse(saved))); // Float32Array(2) [0.1…, -2]
 */
export function encodeFloats(values: Float32Array | Float64Array): EncodedFloats {
  if (!allFinite(values)) {
    const odd = values.findIndex((value: number) => !Number.isFinite(value));
    throw invalidArgument(`Only finite numbers can be saved, got ${values[odd]} at position ${odd}.`, {
      position: odd,
    });
  }
  const bytes = Buffer.from(values.slice().buffer);
  return {
    dtype: values instanceof Float32Array ? "float32" : "float64",
    base64: littleEndian(bytes, values.BYTES_PER_ELEMENT).toString("base64"),
  };
}

/**
 * Decodes what `encodeFloats` made, into an array of its own.
 *
 * @throws INVALID_ARGUMENT for anything else, for example truncated text or a NaN.
 */
export function decodeFloats(encoded: EncodedFloats): Float32Array | Float64Array {
  const { dtype, base64 } = encoded;
  const size = dtype === "float32" ? 4 : 8;
  const bytes = Buffer.from(base64, "base64");
  if (
    (dtype !== "float32" && dtype !== "float64") ||
    bytes.toString("base64") !== base64 ||
    bytes.length % size !== 0
  ) {
    throw invalidArgument(`Saved numbers are damaged: ${bytes.length} bytes of ${JSON.stringify(dtype)}.`, {
      dtype,
    });
  }
  // A copy, because Buffer's memory is pooled and need not be aligned.
  const { buffer } = new Uint8Array(littleEndian(bytes, size));
  const values = dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
  if (!allFinite(values)) {
    throw invalidArgument("Saved numbers are damaged: they contain NaN or an infinity.");
  }
  return values;
}

/** A difference of equal numbers is 0, except of infinities and NaN; one sum is faster than a test per number. */
function allFinite(values: Float32Array | Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    sum += value - value;
  }
  return sum === 0;
}

/** Swaps in place on the rare machine that needs it. */
function littleEndian(bytes: Buffer, size: number): Buffer {
  if (endianness() === "LE") return bytes;
  return size === 4 ? bytes.swap32() : bytes.swap64();
}
