/**
 * Standard normals in bulk: the ziggurat of Marsaglia and Tsang (2000) with 256 layers over Threefry words.
 *
 * One word gives one normal: 8 bits choose the layer and the other 24 the position in it, disjoint, as Doornik (2005)
 * asks for. Box-Muller needs a logarithm and a sine each time and is three times slower. The rare word that falls
 * outside (1.2 %) continues in a stream of its own element, so value `i` depends on (key, counter, i) alone.
 */
import { fillBits, type RngKey } from "./threefry.js";

const LAYERS = 256;
/** Start of the tail, and the area of every layer, for 256 layers. */
const TAIL = 3.6541528853610088;
const AREA = 0.00492867323399;
const POSITIONS = 2 ** 23;
const TO_UNIT = 2 ** -32;
/** Blocks of the element streams; plain words use the lower half. */
const ELEMENT_STREAM = 0x80000000;

/** Right edges of the layers, from the base strip (wider than the tail's start, for its area) down to 0. */
const edges = layerEdges();
/** Width of one of the 2^23 positions of a layer. */
const widths = edges.map((edge) => edge / POSITIONS);
/** Positions below this one lie under the curve whatever their height. */
const inside = Int32Array.from(widths, (width, layer) => Math.floor((edges[layer + 1] ?? 0) / width));

/** The layers, for an implementation that fills arrays faster: width of a position, positions that are surely inside. */
export const normalLayers: { readonly widths: Float64Array; readonly inside: Int32Array } = {
  widths,
  inside,
};

const chunk = new Uint32Array(1024);
const chunkBits = new Int32Array(chunk.buffer);
const block = new Uint32Array(2);

/**
 * Fills `out` with float32 draws from the standard normal distribution.
 *
 * The same key, counter and index always give the same value. `counter` is an unsigned 32-bit integer, for example the
 * generation. About 12 ns per value.
 *
 * @example
 * import { fillNormals, rngKey } from "@hyperfunc/core";
 * const noise = new Float32Array(1000);
 * fillNormals(noise, rngKey(0, "classify.hp.weight", "member 3"), 12);
 * const again = new Float32Array(1000);
 * fillNormals(again, rngKey(0, "classify.hp.weight", "member 3"), 12);
 * console.log(again.every((value, i) => value === noise[i])); // true
 */
export function fillNormals(out: Float32Array, key: RngKey, counter: number): void {
  for (let start = 0; start < out.length; start += chunk.length) {
    const count = Math.min(chunk.length, out.length - start);
    fillBits(count === chunk.length ? chunk : chunk.subarray(0, count), key, counter, start >>> 1);
    for (let i = 0; i < count; i++) {
      const bits = chunkBits[i] ?? 0;
      const layer = bits & 0xff;
      const position = bits >> 8;
      const distance = position < 0 ? -position : position;
      const value = (position + 0.5) * (widths[layer] ?? 0);
      out[start + i] =
        distance < (inside[layer] ?? 0) ? value : outside(value, layer, key, counter, start + i);
    }
  }
}

/** Value `index` of what `fillNormals` fills. */
export function normalAt(key: RngKey, counter: number, index: number): number {
  fillBits(block, key, counter, index >>> 1);
  const bits = (block[index & 1] ?? 0) | 0;
  const layer = bits & 0xff;
  const position = bits >> 8;
  const value = (position + 0.5) * (widths[layer] ?? 0);
  const isInside = Math.abs(position) < (inside[layer] ?? 0);
  return Math.fround(isInside ? value : outside(value, layer, key, counter, index));
}

/** Settles a draw that did not fall into the rectangle of its layer: accepts it, samples the tail, or draws again. */
function outside(first: number, firstLayer: number, key: RngKey, counter: number, index: number): number {
  fillBits(block, key, counter, ELEMENT_STREAM | index);
  const own: RngKey = [block[0] ?? 0, block[1] ?? 0];
  let value = first;
  let layer = firstLayer;
  for (let step = 0; ; step++) {
    if (layer === 0) return value < 0 ? -tail(own) : tail(own);
    fillBits(block, own, 0, step);
    const low = density(edges[layer] ?? 0);
    const high = density(edges[layer + 1] ?? 0);
    if (low + uniform(block[0]) * (high - low) < density(value)) return value;
    const bits = (block[1] ?? 0) | 0;
    layer = bits & 0xff;
    value = ((bits >> 8) + 0.5) * (widths[layer] ?? 0);
    if (Math.abs(value) < (edges[layer + 1] ?? 0)) return value;
  }
}

/** Marsaglia's exact method for the normal tail beyond `TAIL`. */
function tail(own: RngKey): number {
  for (let step = 0; ; step++) {
    fillBits(block, own, 1, step);
    const x = -Math.log(uniform(block[0])) / TAIL;
    if (-2 * Math.log(uniform(block[1])) > x * x) return TAIL + x;
  }
}

/** In (0, 1), never 0. */
function uniform(word: number | undefined): number {
  return ((word ?? 0) + 0.5) * TO_UNIT;
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}

function layerEdges(): Float64Array {
  const result = new Float64Array(LAYERS + 1);
  result[0] = AREA / density(TAIL);
  let edge = TAIL;
  for (let layer = 1; layer < LAYERS; layer++) {
    result[layer] = edge;
    edge = Math.sqrt(-2 * Math.log(AREA / edge + density(edge)));
  }
  return result;
}
