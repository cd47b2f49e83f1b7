/**
 * The file of a small Llama model: seven little-endian int32, then the weights as float32, as llama2.c wrote them before
 * its files had version numbers.
 */

export interface LlamaConfig {
  /** Width of a token's vector. */
  readonly dim: number;
  readonly hiddenDim: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; several query heads share one. */
  readonly kvHeads: number;
  readonly vocabulary: number;
  /** Most tokens of a text. */
  readonly context: number;
}

/** Matrices are row-major, `[out, in]`. */
export interface LayerWeights {
  readonly attentionNorm: Float32Array;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly output: Float32Array;
  readonly feedForwardNorm: Float32Array;
  readonly gate: Float32Array;
  readonly down: Float32Array;
  readonly up: Float32Array;
}

export interface LlamaWeights {
  readonly config: LlamaConfig;
  /** One row per token. */
  readonly embedding: Float32Array;
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: Float32Array;
  readonly classifier: Float32Array;
}

const HEADER_FIELDS = 7;
const BYTES = 4;

/** @throws RangeError unless the bytes are exactly those of a model. */
export function readCheckpoint(bytes: Uint8Array): LlamaWeights {
  if (bytes.length < HEADER_FIELDS * BYTES) throw new RangeError("The model file is too short for a header.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [dim = 0, hiddenDim = 0, layers = 0, heads = 0, kvHeads = 0, signedVocabulary = 0, context = 0] =
    Array.from({ length: HEADER_FIELDS }, (_, field) => view.getInt32(field * BYTES, true));
  const vocabulary = Math.abs(signedVocabulary);
  const config = { dim, hiddenDim, layers, heads, kvHeads, vocabulary, context };
  checkConfig(config);
  const floats = new FloatReader(view, HEADER_FIELDS * BYTES);
  const headDim = dim / heads;
  const kvDim = headDim * kvHeads;
  // One kind of weight after the other, each for all layers.
  const perLayer = (size: number): Float32Array[] => Array.from({ length: layers }, () => floats.take(size));
  const embedding = floats.take(vocabulary * dim);
  const kinds = {
    attentionNorm: perLayer(dim),
    query: perLayer(dim * dim),
    key: perLayer(kvDim * dim),
    value: perLayer(kvDim * dim),
    output: perLayer(dim * dim),
    feedForwardNorm: perLayer(dim),
    gate: perLayer(hiddenDim * dim),
    down: perLayer(dim * hiddenDim),
    up: perLayer(hiddenDim * dim),
  };
  const finalNorm = floats.take(dim);
  floats.skip(context * headDim); // tables of cosines and sines, which follow from the positions
  // The sign says whether the classifier is a matrix of its own.
  const classifier = signedVocabulary > 0 ? embedding : floats.take(vocabulary * dim);
  floats.expectEnd();
  return {
    config,
    embedding,
    layers: Array.from({ length: layers }, (_, layer) => layerOf(kinds, layer)),
    finalNorm,
    classifier,
  };
}

function layerOf(
  kinds: Readonly<Record<keyof LayerWeights, readonly Float32Array[]>>,
  layer: number,
): LayerWeights {
  const entries = Object.entries(kinds).map(([name, arrays]) => [name, arrays[layer]]);
  return Object.fromEntries(entries) as LayerWeights;
}

function checkConfig(config: LlamaConfig): void {
  const { dim, hiddenDim, heads, kvHeads, vocabulary } = config;
  const positive = Object.values(config).every((value) => value > 0);
  // Positions are turned pair by pair, so a head has an even width; products are taken in blocks of four.
  const kvDim = (dim / heads) * kvHeads;
  const inBlocks = [dim, kvDim, hiddenDim, vocabulary].every((size) => size % 4 === 0);
  if (positive && inBlocks && dim % (2 * heads) === 0 && heads % kvHeads === 0) return;
  throw new RangeError(`The model file has no header that makes sense: ${JSON.stringify(config)}.`);
}

class FloatReader {
  readonly #view: DataView;
  #at: number;

  constructor(view: DataView, start: number) {
    this.#view = view;
    this.#at = start;
  }

  take(count: number): Float32Array {
    const from = this.#at;
    this.skip(count);
    return Float32Array.from({ length: count }, (_, index) =>
      this.#view.getFloat32(from + index * BYTES, true),
    );
  }

  skip(count: number): void {
    this.#at += count * BYTES;
    if (this.#at > this.#view.byteLength) throw new RangeError("The model file is cut off.");
  }

  expectEnd(): void {
    const left = this.#view.byteLength - this.#at;
    if (left > 0) throw new RangeError(`The model file has ${left} bytes more than its header says.`);
  }
}
