/**
 * The forward pass of a Llama model (Touvron et al. 2023, arXiv:2302.13971), one token at a time: RMSNorm, rotary
 * positions, attention with grouped queries over a cache of keys and values, SwiGLU.
 *
 * Plain loops over float32 arrays: the model has 260,000 parameters, and a token costs as many multiplications.
 */
import type { LayerWeights, LlamaConfig, LlamaWeights } from "./checkpoint.js";

/** Globals are slow in a sandbox such as that of jest, and a token needs these a thousand times. */
const { exp, floor, sqrt } = Math;

const NORM_EPSILON = 1e-5;
const ROTARY_BASE = 10_000;

export class Llama {
  readonly config: LlamaConfig;
  readonly #weights: LlamaWeights;
  readonly #rotary: Rotary;

  constructor(weights: LlamaWeights) {
    this.config = weights.config;
    this.#weights = weights;
    this.#rotary = rotaryTables(weights.config);
  }

  /** An empty text of at most `capacity` tokens. Texts are independent, so that many can be written in turns. */
  startText(capacity = this.config.context): LlamaText {
    return new LlamaText(this.#weights, this.#rotary, Math.min(capacity, this.config.context));
  }
}

/** A text as the model has read it so far. */
export class LlamaText {
  readonly capacity: number;
  #length = 0;
  readonly #weights: LlamaWeights;
  readonly #rotary: Rotary;
  /** Per layer, one row per token. */
  readonly #keys: readonly Float32Array[];
  readonly #values: readonly Float32Array[];
  /** What the layers add to; at the end, what the model thinks of the last token. */
  readonly #stream: Float32Array;
  readonly #normed: Float32Array;
  readonly #query: Float32Array;
  readonly #attended: Float32Array;
  readonly #added: Float32Array;
  readonly #gate: Float32Array;
  readonly #up: Float32Array;
  readonly #attention: Float32Array;
  readonly #logits: Float32Array;

  /** Made by `Llama.startText`. */
  constructor(weights: LlamaWeights, rotary: Rotary, capacity: number) {
    const { dim, hiddenDim, layers, heads, kvHeads, vocabulary } = weights.config;
    const cache = (): Float32Array[] =>
      Array.from({ length: layers }, () => new Float32Array(capacity * (dim / heads) * kvHeads));
    this.capacity = capacity;
    this.#weights = weights;
    this.#rotary = rotary;
    this.#keys = cache();
    this.#values = cache();
    this.#stream = new Float32Array(dim);
    this.#normed = new Float32Array(dim);
    this.#query = new Float32Array(dim);
    this.#attended = new Float32Array(dim);
    this.#added = new Float32Array(dim);
    this.#gate = new Float32Array(hiddenDim);
    this.#up = new Float32Array(hiddenDim);
    this.#attention = new Float32Array(capacity);
    this.#logits = new Float32Array(vocabulary);
  }

  /** Tokens so far. */
  get length(): number {
    return this.#length;
  }

  /** Reads one more token. @throws RangeError when the text is full, or for a token that the model does not have. */
  append(token: number): void {
    const { config, embedding, layers } = this.#weights;
    if (this.#length === this.capacity) throw new RangeError(`A text has ${this.capacity} tokens at most.`);
    if (!(token >= 0 && token < config.vocabulary)) throw new RangeError(`There is no token ${token}.`);
    this.#stream.set(embedding.subarray(token * config.dim, (token + 1) * config.dim));
    layers.forEach((layer, index) => {
      this.#attend(layer, index);
      this.#feedForward(layer);
    });
    this.#length += 1;
  }

  /** How likely each token is to come next, as logits. The array is the text's own and holds until the next call. */
  logits(): Float32Array {
    const { finalNorm, classifier } = this.#weights;
    rmsNorm(this.#normed, this.#stream, finalNorm);
    multiply(this.#logits, classifier, this.#normed);
    return this.#logits;
  }

  #attend(layer: LayerWeights, index: number): void {
    const { dim, heads, kvHeads } = this.#weights.config;
    const headDim = dim / heads;
    const kvDim = headDim * kvHeads;
    const position = this.#length;
    const [keys, values] = [this.#keys[index], this.#values[index]];
    if (keys === undefined || values === undefined) throw new RangeError(`There is no layer ${index}.`);
    rmsNorm(this.#normed, this.#stream, layer.attentionNorm);
    const key = keys.subarray(position * kvDim, (position + 1) * kvDim);
    multiply(this.#query, layer.query, this.#normed);
    multiply(key, layer.key, this.#normed);
    multiply(values.subarray(position * kvDim, (position + 1) * kvDim), layer.value, this.#normed);
    rotate(this.#query, this.#rotary, position);
    rotate(key, this.#rotary, position);
    for (let head = 0; head < heads; head++) {
      const query = { values: this.#query, at: head * headDim };
      const group = floor((head * kvHeads) / heads) * headDim;
      attention(this.#attention, query, keys, {
        at: group,
        stride: kvDim,
        width: headDim,
        count: position + 1,
      });
      weightedSum(this.#attended, query.at, this.#attention, values, {
        at: group,
        stride: kvDim,
        width: headDim,
        count: position + 1,
      });
    }
    multiply(this.#added, layer.output, this.#attended);
    add(this.#stream, this.#added);
  }

  #feedForward({ feedForwardNorm, gate, up, down }: LayerWeights): void {
    rmsNorm(this.#normed, this.#stream, feedForwardNorm);
    multiply(this.#gate, gate, this.#normed);
    multiply(this.#up, up, this.#normed);
    for (let i = 0; i < this.#gate.length; i++) {
      const open = this.#gate[i] ?? 0;
      this.#gate[i] = (open / (1 + exp(-open))) * (this.#up[i] ?? 0);
    }
    multiply(this.#added, down, this.#gate);
    add(this.#stream, this.#added);
  }
}

/** Cosine and sine for every position and pair of a head. */
interface Rotary {
  readonly pairs: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

function rotaryTables({ dim, heads, context }: LlamaConfig): Rotary {
  const pairs = dim / heads / 2;
  const angle = (at: number): number => floor(at / pairs) * ROTARY_BASE ** -((at % pairs) / pairs);
  const length = context * pairs;
  return {
    pairs,
    cos: Float32Array.from({ length }, (_, at) => Math.cos(angle(at))),
    sin: Float32Array.from({ length }, (_, at) => Math.sin(angle(at))),
  };
}

/** Turns neighbouring numbers as points of a plane, by angles that grow with the position (Su et al. 2021). */
function rotate(vector: Float32Array, { pairs, cos, sin }: Rotary, position: number): void {
  for (let i = 0; i < vector.length; i += 2) {
    const at = position * pairs + ((i >> 1) % pairs);
    const c = cos[at] ?? 1;
    const s = sin[at] ?? 0;
    const x = vector[i] ?? 0;
    const y = vector[i + 1] ?? 0;
    vector[i] = x * c - y * s;
    vector[i + 1] = x * s + y * c;
  }
}

/** Rows of one head in a cache. */
interface HeadRows {
  readonly at: number;
  readonly stride: number;
  readonly width: number;
  readonly count: number;
}

/** The share of attention that each of the first `count` tokens gets from a query. */
function attention(
  shares: Float32Array,
  query: { readonly values: Float32Array; readonly at: number },
  keys: Float32Array,
  { at, stride, width, count }: HeadRows,
): void {
  const scale = 1 / sqrt(width);
  let highest = -Infinity;
  for (let token = 0; token < count; token++) {
    const row = token * stride + at;
    let product = 0;
    for (let i = 0; i < width; i++) product += (query.values[query.at + i] ?? 0) * (keys[row + i] ?? 0);
    product *= scale;
    shares[token] = product;
    if (product > highest) highest = product;
  }
  let total = 0;
  for (let token = 0; token < count; token++) {
    const share = exp((shares[token] ?? 0) - highest);
    shares[token] = share;
    total += share;
  }
  for (let token = 0; token < count; token++) shares[token] = (shares[token] ?? 0) / total;
}

function weightedSum(
  out: Float32Array,
  outAt: number,
  shares: Float32Array,
  values: Float32Array,
  { at, stride, width, count }: HeadRows,
): void {
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let token = 0; token < count; token++) {
      sum += (shares[token] ?? 0) * (values[token * stride + at + i] ?? 0);
    }
    out[outAt + i] = sum;
  }
}

/**
 * `out = matrix · vector`, in blocks of 4 × 4 numbers: a number of the vector is read once for four rows, and the loop
 * turns once for 16 products. Twice as fast as row by row. Lengths are multiples of 4, which `readCheckpoint` ensures.
 */
function multiply(out: Float32Array, matrix: Float32Array, vector: Float32Array): void {
  const width = vector.length;
  for (let row = 0; row < out.length; row += 4) {
    const first = row * width;
    const second = first + width;
    const third = second + width;
    const fourth = third + width;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < width; i += 4) {
      const x = vector[i] ?? 0;
      const y = vector[i + 1] ?? 0;
      const z = vector[i + 2] ?? 0;
      const w = vector[i + 3] ?? 0;
      const p = first + i;
      const q = second + i;
      const r = third + i;
      const s = fourth + i;
      a +=
        (matrix[p] ?? 0) * x + (matrix[p + 1] ?? 0) * y + (matrix[p + 2] ?? 0) * z + (matrix[p + 3] ?? 0) * w;
      b +=
        (matrix[q] ?? 0) * x + (matrix[q + 1] ?? 0) * y + (matrix[q + 2] ?? 0) * z + (matrix[q + 3] ?? 0) * w;
      c +=
        (matrix[r] ?? 0) * x + (matrix[r + 1] ?? 0) * y + (matrix[r + 2] ?? 0) * z + (matrix[r + 3] ?? 0) * w;
      d +=
        (matrix[s] ?? 0) * x + (matrix[s + 1] ?? 0) * y + (matrix[s + 2] ?? 0) * z + (matrix[s + 3] ?? 0) * w;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
  }
}

function rmsNorm(out: Float32Array, vector: Float32Array, weight: Float32Array): void {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2;
  const scale = 1 / sqrt(squares / vector.length + NORM_EPSILON);
  for (let i = 0; i < out.length; i++) out[i] = (weight[i] ?? 0) * (scale * (vector[i] ?? 0));
}

function add(vector: Float32Array, other: Float32Array): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) + (other[i] ?? 0);
}
