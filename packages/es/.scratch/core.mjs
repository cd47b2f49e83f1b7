// .scratch/core.ts
import * as tf45 from "@tensorflow/tfjs-core";

// src/backend/chained-ops.ts
import * as tf from "@tensorflow/tfjs-core";
var SAME_NAME = [
  "abs",
  "acos",
  "acosh",
  "add",
  "all",
  "any",
  "argMax",
  "argMin",
  "asin",
  "asinh",
  "atan",
  "atan2",
  "atanh",
  "avgPool",
  "batchNorm",
  "batchToSpaceND",
  "broadcastTo",
  "cast",
  "ceil",
  "clipByValue",
  "conv1d",
  "conv2d",
  "conv2dTranspose",
  "cos",
  "cosh",
  "cumprod",
  "cumsum",
  "depthToSpace",
  "depthwiseConv2d",
  "dilation2d",
  "div",
  "divNoNan",
  "dot",
  "elu",
  "equal",
  "erf",
  "euclideanNorm",
  "exp",
  "expandDims",
  "expm1",
  "fft",
  "floor",
  "floorDiv",
  "gather",
  "greater",
  "greaterEqual",
  "ifft",
  "irfft",
  "isFinite",
  "isInf",
  "isNaN",
  "leakyRelu",
  "less",
  "lessEqual",
  "localResponseNormalization",
  "log",
  "log1p",
  "logSigmoid",
  "logSoftmax",
  "logSumExp",
  "logicalAnd",
  "logicalNot",
  "logicalOr",
  "logicalXor",
  "matMul",
  "max",
  "maxPool",
  "maximum",
  "mean",
  "min",
  "minimum",
  "mirrorPad",
  "mod",
  "mul",
  "neg",
  "norm",
  "notEqual",
  "oneHot",
  "onesLike",
  "pad",
  "pool",
  "pow",
  "prelu",
  "prod",
  "reciprocal",
  "relu",
  "relu6",
  "reshape",
  "reverse",
  "rfft",
  "round",
  "rsqrt",
  "selu",
  "separableConv2d",
  "sigmoid",
  "sign",
  "sin",
  "sinh",
  "slice",
  "softmax",
  "softplus",
  "spaceToBatchND",
  "split",
  "sqrt",
  "square",
  "squaredDifference",
  "squeeze",
  "step",
  "stridedSlice",
  "sub",
  "sum",
  "tan",
  "tanh",
  "tile",
  "topk",
  "transpose",
  "unique",
  "unsortedSegmentSum",
  "unstack",
  "zerosLike"
];
var OTHERS = {
  as1D() {
    return tf.reshape(this, [this.size]);
  },
  as2D(...shape) {
    return tf.reshape(this, shape);
  },
  as3D(...shape) {
    return tf.reshape(this, shape);
  },
  as4D(...shape) {
    return tf.reshape(this, shape);
  },
  as5D(...shape) {
    return tf.reshape(this, shape);
  },
  asScalar() {
    tf.util.assert(this.size === 1, () => "The array must have only 1 element.");
    return tf.reshape(this, []);
  },
  asType(dtype) {
    return tf.cast(this, dtype);
  },
  concat(others, axis) {
    return tf.concat([this, ...[others].flat()], axis);
  },
  flatten() {
    return tf.reshape(this, [this.size]);
  },
  reshapeAs(other) {
    return tf.reshape(this, other.shape);
  },
  resizeBilinear(...args) {
    return tf.image.resizeBilinear(this, ...args);
  },
  resizeNearestNeighbor(...args) {
    return tf.image.resizeNearestNeighbor(this, ...args);
  },
  stack(others, axis) {
    return tf.stack([this, ...[others].flat()], axis);
  },
  toBool() {
    return tf.cast(this, "bool");
  },
  toFloat() {
    return tf.cast(this, "float32");
  },
  toInt() {
    return tf.cast(this, "int32");
  },
  where(condition, other) {
    return tf.where(condition, this, other);
  }
};
function register(name, method) {
  if (name in tf.Tensor.prototype) return;
  const checked = function(...args) {
    Reflect.apply(Reflect.get(this, "throwIfDisposed"), this, []);
    return method.apply(this, args);
  };
  Object.defineProperty(tf.Tensor.prototype, name, { value: checked, configurable: true, writable: true });
}
for (const name of SAME_NAME) {
  const operation = tf[name];
  register(name, function(...args) {
    return operation(this, ...args);
  });
}
for (const [name, method] of Object.entries(OTHERS)) register(name, method);

// ../core/src/errors/hyperfunc-error.ts
var MARKER = /* @__PURE__ */ Symbol.for("hyperfunc.error");
var HyperfuncError = class extends Error {
  name = "HyperfuncError";
  code;
  retryable;
  infrastructure;
  details;
  [MARKER] = true;
  constructor(code, message, options = {}) {
    super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.infrastructure = options.infrastructure ?? options.retryable ?? false;
    this.details = options.details ?? {};
  }
};
function isHyperfuncError(error, code) {
  if (typeof error !== "object" || error === null || !(MARKER in error)) return false;
  return code === void 0 || error.code === code;
}
function invalidArgument(message, details) {
  return new HyperfuncError("INVALID_ARGUMENT", message, details === void 0 ? {} : { details });
}

// ../core/src/parameters/hp-type.ts
function isHpType(spec) {
  return Array.isArray(spec.fields);
}
function fieldSize(field) {
  return field.kind === "tensor" ? field.shape.reduce((size, side) => size * side, 1) : 1;
}

// ../core/src/parameters/layout.ts
function hyperfunctionLayout(name, spec) {
  const leaves = [];
  let offset = 0;
  for (const [block4, type] of blocksOf(spec)) {
    for (const field of type.fields) {
      const path = [name, "hp", block4, field.name].filter((part) => part !== void 0).join(".");
      const size = fieldSize(field);
      leaves.push({ path, hyperfunction: name, block: block4, field, offset, size });
      offset += size;
    }
  }
  const precision = leaves.every((leaf) => leaf.field.kind === "tensor") ? "float32" : "float64";
  return { name, spec, leaves, size: offset, precision };
}
function blocksOf(spec) {
  return isHpType(spec) ? [[void 0, spec]] : Object.entries(spec);
}
function emptyValues(layout) {
  return layout.precision === "float32" ? new Float32Array(layout.size) : new Float64Array(layout.size);
}

// ../core/src/concurrency/clock.ts
var LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
var systemClock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(callback, ms) {
    let left = ms;
    let timer;
    const arm = () => {
      const step = Math.min(left, LONGEST_TIMEOUT_MS);
      left -= step;
      timer = setTimeout(left > 0 ? arm : callback, step);
    };
    arm();
    return () => clearTimeout(timer);
  }
};

// ../core/src/concurrency/abort.ts
function abortError(signal) {
  const reason = signal.reason;
  if (isHyperfuncError(reason)) return reason;
  return new HyperfuncError("ABORTED", "The operation was aborted through its signal.", {
    infrastructure: true,
    cause: reason
  });
}
function throwIfAborted(signal) {
  if (signal?.aborted === true) throw abortError(signal);
}
function onAbort(signal, listener) {
  if (signal === void 0) return () => void 0;
  const notify = () => listener(abortError(signal));
  if (signal.aborted) {
    notify();
    return () => void 0;
  }
  signal.addEventListener("abort", notify, { once: true });
  return () => signal.removeEventListener("abort", notify);
}

// ../core/src/concurrency/semaphore.ts
var Semaphore = class {
  limit;
  #active = 0;
  /** Insertion order is arrival order, and an aborted waiter leaves in constant time. */
  #waiting = /* @__PURE__ */ new Set();
  /** @throws INVALID_ARGUMENT unless `limit` is a positive integer or Infinity. */
  constructor(limit) {
    if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0)) {
      throw invalidArgument(
        `A concurrency limit must be a positive integer, got ${limit}; use Infinity for none.`,
        { limit }
      );
    }
    this.limit = limit;
  }
  /** Number of holders. */
  get active() {
    return this.#active;
  }
  /** Number of callers that wait for a slot. */
  get waiting() {
    return this.#waiting.size;
  }
  /**
   * Waits for a slot; the returned function gives it back, and does nothing when called again.
   *
   * @throws ABORTED when the signal aborts before a slot is free; the place in the queue is given up.
   */
  async acquire(signal) {
    throwIfAborted(signal);
    if (this.#active < this.limit) this.#active++;
    else await this.#turn(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#handOn();
    };
  }
  /**
   * Runs `fn` while holding a slot.
   *
   * @throws ABORTED when the signal aborts while waiting, and whatever `fn` throws.
   */
  async run(fn, signal) {
    const release = await this.acquire(signal);
    try {
      return await fn();
    } finally {
      release();
    }
  }
  /** Resolves when a leaving holder has handed its slot over; `active` does not change meanwhile. */
  #turn(signal) {
    return new Promise((resolve, reject) => {
      const enter = () => {
        stopListening();
        resolve();
      };
      const leave = (error) => {
        this.#waiting.delete(enter);
        reject(error);
      };
      this.#waiting.add(enter);
      const stopListening = onAbort(signal, leave);
    });
  }
  #handOn() {
    const [next] = this.#waiting;
    if (next === void 0) {
      this.#active--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
};

// ../core/src/tensors/tensor-engine.ts
var registered;
function registerTensorEngine(engine2) {
  registered = engine2;
}
function tensorEngine() {
  return registered;
}

// ../core/src/parameters/hp-value.ts
function buildHp(layout, values) {
  return assembleHp(layout, (leaf) => leafValue(leaf, values));
}
function assembleHp(layout, valueOf) {
  const blocks = blocksOf(layout.spec).map(([block4, type]) => {
    const value = { ...type.fixed };
    for (const leaf of layout.leaves) if (leaf.block === block4) value[leaf.field.name] = valueOf(leaf);
    return [block4, value];
  });
  const [first] = blocks;
  if (first !== void 0 && first[0] === void 0) return first[1];
  return Object.fromEntries(blocks.map(([block4 = "", value]) => [block4, value]));
}
function leafValue(leaf, values) {
  const { field, offset, size } = leaf;
  if (field.kind === "tensor") return makeTensor(field, values.subarray(offset, offset + size));
  const value = values[offset] ?? 0;
  if (field.kind === "choice") return field.choices[value];
  return field.tensor ? makeTensor(field, [value]) : value;
}
function makeTensor(field, values) {
  const engine2 = tensorEngine();
  if (engine2 === void 0) {
    throw new HyperfuncError(
      "NO_TENSOR_ENGINE",
      `Field "${field.name}" is a tensor, and no tensor package is loaded; import "@hyperfunc/es".`
    );
  }
  return engine2.hpTensor(field, values);
}
function overrideHp(base, override, isRecord) {
  if (override === void 0 || base === void 0) return base ?? override;
  const merged2 = Object.defineProperties({}, Object.getOwnPropertyDescriptors(base));
  for (const [key, value] of Object.entries(override)) {
    if (value === void 0) continue;
    const inner = isRecord ? Reflect.get(base, key) : void 0;
    const next = isObject(inner) && isObject(value) ? overrideHp(inner, value, false) : value;
    Object.defineProperty(merged2, key, { value: next, enumerable: true, configurable: true, writable: true });
  }
  return merged2;
}
function isObject(value) {
  return typeof value === "object" && value !== null;
}

// ../core/src/rng/threefry.ts
var PARITY = 466688986;
var STRIDE = 1024;
function fillBits(out, key, counterHigh, counterLow = 0) {
  for (let start2 = 0; start2 < out.length; start2 += STRIDE) {
    fillBlocks(
      out,
      start2,
      Math.min(start2 + STRIDE, out.length),
      key[0] | 0,
      key[1] | 0,
      counterHigh | 0,
      counterLow | 0
    );
  }
}
function fillBlocks(out, start2, end, k0, k1, counterHigh, counterLow) {
  const k2 = k0 ^ k1 ^ PARITY;
  for (let word = start2; word < end; word += 2) {
    let x0 = counterLow + (word >>> 1) + k0 | 0;
    let x1 = counterHigh + k1 | 0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 13 | x1 >>> 19) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 15 | x1 >>> 17) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 26 | x1 >>> 6) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 6 | x1 >>> 26) ^ x0;
    x0 = x0 + k1 | 0;
    x1 = x1 + k2 + 1 | 0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 17 | x1 >>> 15) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 29 | x1 >>> 3) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 16 | x1 >>> 16) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 24 | x1 >>> 8) ^ x0;
    x0 = x0 + k2 | 0;
    x1 = x1 + k0 + 2 | 0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 13 | x1 >>> 19) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 15 | x1 >>> 17) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 26 | x1 >>> 6) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 6 | x1 >>> 26) ^ x0;
    x0 = x0 + k0 | 0;
    x1 = x1 + k1 + 3 | 0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 17 | x1 >>> 15) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 29 | x1 >>> 3) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 16 | x1 >>> 16) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 24 | x1 >>> 8) ^ x0;
    x0 = x0 + k1 | 0;
    x1 = x1 + k2 + 4 | 0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 13 | x1 >>> 19) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 15 | x1 >>> 17) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 26 | x1 >>> 6) ^ x0;
    x0 = x0 + x1 | 0;
    x1 = (x1 << 6 | x1 >>> 26) ^ x0;
    out[word] = x0 + k2;
    if (word + 1 < end) out[word + 1] = x1 + k0 + 5;
  }
}

// ../core/src/rng/normals.ts
var LAYERS = 256;
var TAIL = 3.654152885361009;
var AREA = 0.00492867323399;
var POSITIONS = 2 ** 23;
var TO_UNIT = 2 ** -32;
var ELEMENT_STREAM = 2147483648;
var edges = layerEdges();
var widths = edges.map((edge) => edge / POSITIONS);
var inside = Int32Array.from(widths, (width, layer) => Math.floor((edges[layer + 1] ?? 0) / width));
var chunk = new Uint32Array(1024);
var chunkBits = new Int32Array(chunk.buffer);
var block = new Uint32Array(2);
function fillNormals(out, key, counter) {
  for (let start2 = 0; start2 < out.length; start2 += chunk.length) {
    const count = Math.min(chunk.length, out.length - start2);
    fillBits(count === chunk.length ? chunk : chunk.subarray(0, count), key, counter, start2 >>> 1);
    for (let i = 0; i < count; i++) {
      const bits = chunkBits[i] ?? 0;
      const layer = bits & 255;
      const position = bits >> 8;
      const distance = position < 0 ? -position : position;
      const value = (position + 0.5) * (widths[layer] ?? 0);
      out[start2 + i] = distance < (inside[layer] ?? 0) ? value : outside(value, layer, key, counter, start2 + i);
    }
  }
}
function outside(first, firstLayer, key, counter, index) {
  fillBits(block, key, counter, ELEMENT_STREAM | index);
  const own = [block[0] ?? 0, block[1] ?? 0];
  let value = first;
  let layer = firstLayer;
  for (let step = 0; ; step++) {
    if (layer === 0) return value < 0 ? -tail(own) : tail(own);
    fillBits(block, own, 0, step);
    const low = density(edges[layer] ?? 0);
    const high = density(edges[layer + 1] ?? 0);
    if (low + uniform(block[0]) * (high - low) < density(value)) return value;
    const bits = (block[1] ?? 0) | 0;
    layer = bits & 255;
    value = ((bits >> 8) + 0.5) * (widths[layer] ?? 0);
    if (Math.abs(value) < (edges[layer + 1] ?? 0)) return value;
  }
}
function tail(own) {
  for (let step = 0; ; step++) {
    fillBits(block, own, 1, step);
    const x = -Math.log(uniform(block[0])) / TAIL;
    if (-2 * Math.log(uniform(block[1])) > x * x) return TAIL + x;
  }
}
function uniform(word) {
  return ((word ?? 0) + 0.5) * TO_UNIT;
}
function density(x) {
  return Math.exp(-0.5 * x * x);
}
function layerEdges() {
  const result2 = new Float64Array(LAYERS + 1);
  result2[0] = AREA / density(TAIL);
  let edge = TAIL;
  for (let layer = 1; layer < LAYERS; layer++) {
    result2[layer] = edge;
    edge = Math.sqrt(-2 * Math.log(AREA / edge + density(edge)));
  }
  return result2;
}

// ../core/src/rng/rng-key.ts
var FOLD = 608135816;
var STRING_HEADER = 2146959361;
var number64 = new Float64Array(1);
var words = new Uint32Array(number64.buffer);
var block2 = new Uint32Array(2);
function rngKey(seed, ...path) {
  let key = foldIn([0, 0], seed);
  for (const part of path) key = foldIn(key, part);
  return key;
}
function foldIn(key, part) {
  if (typeof part === "number") {
    if (!Number.isFinite(part)) {
      throw invalidArgument(`A seed or key part must be a finite number or a string, got ${part}.`, { part });
    }
    number64[0] = part + 0;
    return absorb(key, words[0] ?? 0, words[1] ?? 0);
  }
  let folded = absorb(key, part.length, STRING_HEADER);
  for (let i = 0; i < part.length; i += 4) {
    folded = absorb(folded, codeUnits(part, i), codeUnits(part, i + 2));
  }
  return folded;
}
function absorb(key, low, high) {
  fillBits(block2, [key[0] ^ FOLD, key[1]], high, low);
  return [block2[0] ?? 0, block2[1] ?? 0];
}
function codeUnits(text, at) {
  const first = at < text.length ? text.charCodeAt(at) : 0;
  const second = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  return first | second << 16;
}

// ../core/src/parameters/initial-values.ts
function initialValues(layout, seed) {
  const values = emptyValues(layout);
  for (const leaf of layout.leaves) {
    if (leaf.field.kind !== "tensor") values[leaf.offset] = leaf.field.default;
    else if (leaf.field.initStd > 0) values.set(draw(leaf, leaf.field.initStd, seed), leaf.offset);
  }
  return values;
}
function draw(leaf, std, seed) {
  const normals = new Float32Array(leaf.size);
  fillNormals(normals, rngKey(seed, "init", leaf.path), 0);
  return normals.map((normal) => normal * std);
}
function applyHpInit(layout, initial, init) {
  const values = initial.slice();
  if (isNumeric(init)) {
    values.set(flatten(init, layout.size, `${layout.name}.hp`), 0);
    layout.leaves.forEach((leaf) => {
      checkRange(leaf, values);
    });
    return values;
  }
  if (typeof init !== "object" || init === null) {
    throw invalidArgument(
      `hpInit of "${layout.name}" must be an object of fields or an array, got ${String(init)}.`
    );
  }
  for (const [path, value] of fieldEntries(layout, init)) {
    const leaf = layout.leaves.find(
      (candidate) => candidate.path === path || candidate.path === `${path}.weight`
    );
    if (leaf === void 0) {
      const known = layout.leaves.map((candidate) => candidate.path).join(", ");
      throw new HyperfuncError(
        "UNKNOWN_PATH",
        `hpInit names "${path}", which does not exist; there are: ${known}.`
      );
    }
    values.set(fieldValues(leaf, value), leaf.offset);
    checkRange(leaf, values);
  }
  return values;
}
function fieldEntries(layout, init) {
  const blocks = new Set(layout.leaves.map((leaf) => leaf.block));
  return Object.entries(init).flatMap(([key, value]) => {
    const path = `${layout.name}.hp.${key}`;
    if (!blocks.has(key) || isNumeric(value) || typeof value !== "object" || value === null)
      return [[path, value]];
    return Object.entries(value).map(([field, inner]) => [`${path}.${field}`, inner]);
  });
}
function fieldValues(leaf, value) {
  const { field, path, size } = leaf;
  if (field.kind === "choice") {
    const index = field.choices.indexOf(value);
    if (index < 0)
      throw invalidArgument(`${path}: ${String(value)} is not among ${field.choices.join(", ")}.`);
    return [index];
  }
  if (field.kind === "scalar" && typeof value === "number") return [value];
  if (isNumeric(value)) {
    const numbers2 = flatten(value, size, path);
    if (field.kind === "tensor") checkNesting(value, field.shape, path);
    return numbers2;
  }
  throw invalidArgument(`${path}: expected ${size} number(s), got ${String(value)}.`);
}
function isNumeric(value) {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
function flatten(init, size, path) {
  const flat = Array.isArray(init) ? init.flat(Infinity) : init;
  if (flat.length !== size) {
    throw new HyperfuncError("SHAPE_MISMATCH", `${path} takes ${size} numbers, got ${flat.length}.`);
  }
  return Array.from(flat, (value, index) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw invalidArgument(`${path}[${index}] is ${String(value)}, not a finite number.`);
  });
}
function checkNesting(value, shape, path) {
  const nesting = [];
  for (let at = value; Array.isArray(at); at = at[0]) nesting.push(at.length);
  if (nesting.length <= 1 || nesting.join() === shape.join()) return;
  throw new HyperfuncError(
    "SHAPE_MISMATCH",
    `${path} has shape [${shape.join(", ")}], got [${nesting.join(", ")}].`
  );
}
function checkRange(leaf, values) {
  const problem = rangeProblem(leaf, values);
  if (problem !== void 0) throw invalidArgument(`${problem}.`);
}
function rangeProblem({ field, path, offset }, values) {
  if (field.kind === "tensor") return void 0;
  const value = values[offset] ?? 0;
  const [low, high] = rangeOf(field);
  if (value < low || value > high || !Number.isFinite(value)) {
    return `${path}: ${value} is outside [${low}, ${high}]`;
  }
  const whole = field.kind === "choice" || field.integer;
  return whole && !Number.isInteger(value) ? `${path}: ${value} is not a whole number` : void 0;
}
function rangeOf(field) {
  return field.kind === "choice" ? [0, field.choices.length - 1] : [field.min, field.max];
}

// ../core/src/context/frame.ts
import { AsyncLocalStorage } from "node:async_hooks";
var ORDINARY = {};
var Frame = class {
  constructor(run, parent, call, signal, node, scope = run.tensorScope, place = ORDINARY) {
    this.run = run;
    this.parent = parent;
    this.call = call;
    this.signal = signal;
    this.node = node;
    this.scope = scope;
    this.place = place;
  }
  run;
  parent;
  call;
  signal;
  node;
  scope;
  place;
  #occurrences;
  #path;
  /** Position in the call tree, such as `route#0/ask#1`; keys the generator and the journal. */
  get path() {
    return this.#path ??= this.place.origin?.path ?? this.place.path ?? this.#pathOfCall();
  }
  #pathOfCall() {
    if (this.call === void 0 || this.parent === void 0) return "";
    return `${this.parent.path}/${this.call.hyperfunction.name}#${this.call.occurrence}`;
  }
  /** Counts uses of a name within this frame: 0, 1, 2 … */
  nextOccurrence(name) {
    if (this.place.origin !== void 0) return this.place.origin.nextOccurrence(name);
    const occurrences = this.#occurrences ??= /* @__PURE__ */ new Map();
    const occurrence = occurrences.get(name) ?? 0;
    occurrences.set(name, occurrence + 1);
    return occurrence;
  }
  /** Counts from 0 again: an optimizer's frame lives through many steps, a resumed one only through the later. */
  restart() {
    this.#occurrences = void 0;
    this.run.callCounts.clear();
  }
};
var storage = new AsyncLocalStorage();
function currentFrame() {
  return storage.getStore();
}
function runInFrame(frame, body) {
  return storage.run(frame, body);
}
function runInScope(frame, scope, body) {
  const { run, parent, call, signal, node } = frame;
  const place = { ...frame.place, origin: frame.place.origin ?? frame };
  return storage.run(new Frame(run, parent, call, signal, node, scope, place), body);
}

// ../core/src/context/usage-meter.ts
var UsageMeter = class {
  #totals = {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    totalTokens: 0,
    costUsd: 0,
    replayedCalls: 0
  };
  #largestBound = { tokens: 0, usd: 0 };
  add(change) {
    const now = this.#totals;
    this.#totals = {
      calls: now.calls + (change.calls ?? 0),
      inputTokens: now.inputTokens + (change.inputTokens ?? 0),
      outputTokens: now.outputTokens + (change.outputTokens ?? 0),
      totalTokens: now.totalTokens + (change.totalTokens ?? 0),
      costUsd: now.costUsd + (change.costUsd ?? 0),
      replayedCalls: now.replayedCalls + (change.replayedCalls ?? 0)
    };
  }
  get totals() {
    return this.#totals;
  }
  noteBound({ tokens, usd }) {
    const larger = (known, bound) => bound === "unbounded" ? known : Math.max(known, bound);
    this.#largestBound = {
      tokens: larger(this.#largestBound.tokens, tokens),
      usd: larger(this.#largestBound.usd, usd)
    };
  }
  /** The largest bound of a single call so far, as far as calls are bounded. */
  get largestBound() {
    return this.#largestBound;
  }
};

// ../core/src/context/bare-run.ts
var DefaultParameters = class {
  #seed;
  #built = /* @__PURE__ */ new Map();
  constructor(seed = 0) {
    this.#seed = seed;
  }
  hp(hyperfunction2) {
    const { layout } = hyperfunction2;
    if (layout === void 0) return void 0;
    const hp = this.#built.get(hyperfunction2) ?? buildHp(layout, initialValues(layout, this.#seed));
    this.#built.set(hyperfunction2, hp);
    return hp;
  }
  prompt({ options }) {
    return options.prompt;
  }
  demos({ options }) {
    return options.demos ?? [];
  }
};
function bareFrame(services, place = {}) {
  const { path, candidate = 0, exampleKey = 0, signal, scope } = place;
  const run = {
    program: void 0,
    services,
    source: new DefaultParameters(),
    candidate,
    exampleKey,
    recorder: void 0,
    tensorScope: scope,
    join: void 0,
    callCounts: /* @__PURE__ */ new Map(),
    batched: false
  };
  return new Frame(run, void 0, void 0, signal, void 0, scope, path === void 0 ? {} : { path });
}
function bareServices() {
  return {
    clock: systemClock,
    seed: 0,
    label: "",
    budget: void 0,
    leaves: new Semaphore(Infinity),
    usage: new UsageMeter(),
    observers: [],
    journal: void 0,
    warn: (message) => {
      process.emitWarning(message, "HyperfuncWarning");
    },
    evaluating: false
  };
}

// ../core/src/context/join-signals.ts
function joinSignals(run, own) {
  return run !== void 0 && own !== void 0 ? AbortSignal.any([run, own]) : own ?? run;
}

// ../core/src/concurrency/sleep.ts
async function sleep(ms, signal, clock = systemClock) {
  await new Promise((resolve, reject) => {
    const cancel = clock.setTimer(() => {
      stopListening();
      resolve();
    }, ms);
    const stopListening = onAbort(signal, (error) => {
      cancel();
      reject(error);
    });
  });
}

// ../core/src/concurrency/retry.ts
function backoff(attempt, options) {
  const { baseMs = 500, factor = 2, maxMs = 3e4, rng, retryAfterMs = 0 } = options;
  return retryAfterMs + rng.uniform() * Math.min(maxMs, baseMs * factor ** attempt);
}
var FINAL = [
  "ABORTED",
  "CALL_LIMIT",
  "BUDGET_EXHAUSTED",
  "BUDGET_UNBOUNDED"
];
function isRetryable(error) {
  return isHyperfuncError(error) ? error.retryable : true;
}
async function retry(fn, options) {
  const {
    retries,
    signal,
    maxRetryAfterMs = 3e5,
    shouldRetry = isRetryable,
    onRetry,
    clock = systemClock
  } = options;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await fn(attempt);
    } catch (error) {
      if (signal?.aborted === true) throw abortError(signal);
      const retryAfterMs = requestedPause(error);
      const hopeless = FINAL.some((code) => isHyperfuncError(error, code)) || !shouldRetry(error);
      if (attempt >= retries || hopeless || (retryAfterMs ?? 0) > maxRetryAfterMs) throw error;
      const pauseMs = backoff(attempt, { ...options, retryAfterMs });
      onRetry?.({ attempt, error, pauseMs });
      await sleep(pauseMs, signal, clock);
    }
  }
}
function requestedPause(error) {
  const asked = isHyperfuncError(error) ? error.details["retryAfterMs"] : void 0;
  return typeof asked === "number" && asked > 0 ? asked : void 0;
}

// ../core/src/concurrency/timeout.ts
async function withTimeout(fn, options) {
  const { timeoutMs, signal, what = "The call", clock = systemClock } = options;
  if (!(timeoutMs > 0) || timeoutMs === Infinity) {
    throw invalidArgument(
      `timeoutMs must be a positive number of milliseconds, got ${timeoutMs}; leave it out for none.`,
      {
        timeoutMs
      }
    );
  }
  throwIfAborted(signal);
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const stop = (error) => {
      reject(error);
      cleanUp();
      controller.abort(error);
    };
    const cancelTimer = clock.setTimer(() => stop(timeoutError(what, timeoutMs)), timeoutMs);
    const stopListening = onAbort(signal, stop);
    const cleanUp = () => {
      cancelTimer();
      stopListening();
    };
    const body = async () => fn(controller.signal);
    body().finally(cleanUp).then(resolve, reject);
  });
}
function timeoutError(what, timeoutMs) {
  return new HyperfuncError(
    "TIMEOUT",
    `${what} took longer than ${timeoutMs} ms (timeoutMs). Raise timeoutMs, or retry.`,
    {
      retryable: true,
      infrastructure: true,
      details: { timeoutMs }
    }
  );
}

// ../core/src/rng/rng.ts
var TWO_53 = 2 ** 53;
var block3 = new Uint32Array(2);
function createRng(seed, ...path) {
  return new CounterRng(rngKey(seed, ...path));
}
var CounterRng = class _CounterRng {
  #key;
  #drawn = 0;
  constructor(key) {
    this.#key = key;
  }
  uniform() {
    return this.#next53() / TWO_53;
  }
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
  int(min, maxInclusive) {
    const count = maxInclusive - min + 1;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(maxInclusive) || count < 1 || count > TWO_53) {
      throw invalidArgument(
        `int(min, maxInclusive) needs integers with min <= maxInclusive, got ${min} and ${maxInclusive}.`,
        { min, maxInclusive }
      );
    }
    const limit = TWO_53 - TWO_53 % count;
    let draw2 = this.#next53();
    while (draw2 >= limit) draw2 = this.#next53();
    return min + draw2 % count;
  }
  choice(list) {
    if (list.length === 0)
      throw invalidArgument("choice(list) needs at least one element, got an empty list.");
    return list[this.int(0, list.length - 1)];
  }
  shuffle(list) {
    const result2 = [...list];
    for (let last = result2.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      const swapped = result2[last];
      result2[last] = result2[other];
      result2[other] = swapped;
    }
    return result2;
  }
  fork(...path) {
    let key = this.#key;
    for (const part of path) key = foldIn(key, part);
    return new _CounterRng(key);
  }
  #next53() {
    const index = this.#drawn++;
    fillBits(block3, this.#key, Math.floor(index / 2 ** 32), index);
    return ((block3[0] ?? 0) >>> 5) * 2 ** 26 + ((block3[1] ?? 0) >>> 6);
  }
};

// ../core/src/hyperfunction/call-context.ts
var NEVER = new AbortController().signal;
var CallContext = class {
  #call;
  #frame;
  #rng;
  constructor(call, frame) {
    this.#call = call;
    this.#frame = frame;
  }
  /** Tuned values of the current candidate, with the caller's explicit values laid over them. */
  get hp() {
    const { hyperfunction: hyperfunction2, overrides } = this.#call;
    const base = this.#frame.run.source.hp(hyperfunction2);
    const spec = hyperfunction2.options.hpType;
    const isRecord = spec !== void 0 && !isHpType(spec);
    return overrideHp(base, overrides.hp, isRecord);
  }
  /** The current prompt; empty when the hyperfunction declares none. */
  get prompt() {
    const { hyperfunction: hyperfunction2, overrides } = this.#call;
    return overrides.prompt ?? this.#frame.run.source.prompt(hyperfunction2) ?? "";
  }
  get demos() {
    const { hyperfunction: hyperfunction2, overrides } = this.#call;
    return overrides.demos ?? this.#frame.run.source.demos(hyperfunction2);
  }
  /** Reproducible randomness, keyed by (seed, example, call path): common to all candidates. */
  get rng() {
    const { run, path } = this.#frame;
    if (run.batched) {
      throw new HyperfuncError(
        "NOT_VECTORISABLE",
        `"${this.#call.hyperfunction.name}" draws random numbers, which differ between examples; its calls run one by one.`
      );
    }
    return this.#rng ??= createRng(run.services.seed, run.exampleKey, path);
  }
  /** Aborted when the run is, or when this attempt times out. */
  get signal() {
    return this.#frame.signal ?? NEVER;
  }
  /** Ties a callback to this call's context, for queues and emitters that would call it from elsewhere. */
  get bind() {
    return (callback) => (...values) => runInFrame(this.#frame, () => callback(...values));
  }
};

// ../core/src/hyperfunction/call.ts
function compose(layers, last) {
  return layers.reduceRight((next, layer) => (call) => layer(call, next), last);
}

// ../core/src/hyperfunction/invoke.ts
function invoke(hyperfunction2, input, overrides) {
  const caller = currentFrame();
  return caller === void 0 ? invokeOutside(hyperfunction2, input, overrides) : invokeIn(caller, hyperfunction2, input, overrides);
}
function invokeIn(caller, hyperfunction2, input, overrides) {
  const { program } = caller.run;
  const occurrence = caller.nextOccurrence(hyperfunction2.name);
  const signal = joinSignals(caller.signal, overrides.signal);
  const chain = program === void 0 ? policyChain(hyperfunction2, []) : program.chainOf(hyperfunction2);
  return chain({ hyperfunction: hyperfunction2, input, overrides, caller, occurrence, signal, node: void 0 });
}
async function invokeOutside(hyperfunction2, input, overrides) {
  const scope = tensorEngine()?.openScope(void 0);
  const frame = bareFrame(bareServices(), { scope });
  let output;
  try {
    output = await runInFrame(frame, () => invokeIn(frame, hyperfunction2, input, overrides));
    return output;
  } finally {
    scope?.close(output);
  }
}
function policyChain(hyperfunction2, layers) {
  const { retries = 0, maxCalls } = hyperfunction2.options;
  return compose(
    [
      ...layers,
      ...maxCalls === void 0 ? [] : [callLimit(maxCalls)],
      ...retries === 0 ? [] : [retrying(retries)]
    ],
    execute
  );
}
function callLimit(maxCalls) {
  return Object.assign(
    (call, next) => {
      const { callCounts } = call.caller.run;
      const { name } = call.hyperfunction;
      const count = callCounts.get(name) ?? 0;
      if (count >= maxCalls) {
        return Promise.reject(
          new HyperfuncError(
            "CALL_LIMIT",
            `"${name}" was called more than maxCalls = ${maxCalls} times in one run.`
          )
        );
      }
      callCounts.set(name, count + 1);
      return next(call);
    },
    { batchAware: true }
  );
}
function retrying(retries) {
  return Object.assign(
    (call, next) => {
      const { services, exampleKey } = call.caller.run;
      const rng = createRng(
        services.seed,
        "retry",
        exampleKey,
        call.caller.path,
        call.hyperfunction.name,
        call.occurrence
      );
      return retry(() => next(call), {
        retries,
        rng,
        clock: services.clock,
        ...call.signal && { signal: call.signal }
      });
    },
    { batchAware: true }
  );
}
function execute(call) {
  if (call.signal?.aborted === true) return Promise.reject(abortError(call.signal));
  const { join: join3 } = call.caller.run;
  return join3 === void 0 ? executeDirectly(call) : join3(call);
}
function executeDirectly(call) {
  const { timeoutMs, name } = call.hyperfunction.options;
  if (timeoutMs === void 0) return runBody(call, call.signal);
  return withTimeout((signal) => runBody(call, signal), {
    timeoutMs,
    what: `"${name}"`,
    clock: call.caller.run.services.clock,
    ...call.signal && { signal: call.signal }
  });
}
async function runBody(call, signal) {
  const { run } = call.caller;
  const frame = new Frame(run, call.caller, call, signal, call.node, call.caller.scope);
  return runInFrame(
    frame,
    () => call.hyperfunction.fn(call.input, new CallContext(call, frame))
  );
}

// ../core/src/hyperfunction/hyperfunction.ts
var NAME = /^[\w$\-/: ]+$/;
function hyperfunction(options, fn) {
  check(options);
  const { name, hpType } = options;
  const layout = hpType === void 0 ? void 0 : hyperfunctionLayout(name, hpType);
  const callable = (...[input, overrides]) => invoke(definition, input, overrides ?? {});
  const definition = Object.defineProperties(callable, {
    name: { value: name },
    fn: { value: fn, enumerable: true },
    options: { value: options, enumerable: true },
    layout: { value: layout, enumerable: true }
  });
  return definition;
}
function check(options) {
  const { name, retries = 0, timeoutMs, maxCalls } = options;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalidArgument(
      `A hyperfunction needs a name of letters, digits, _ - $ / : or spaces (dots separate paths), got ${JSON.stringify(name)}.`
    );
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw invalidArgument(`"${name}": retries must be a whole number from 0, got ${retries}.`);
  }
  if (timeoutMs !== void 0 && !(timeoutMs > 0 && timeoutMs < Infinity)) {
    throw invalidArgument(`"${name}": timeoutMs must be positive milliseconds, got ${timeoutMs}.`);
  }
  if (maxCalls !== void 0 && !(Number.isInteger(maxCalls) && maxCalls > 0)) {
    throw invalidArgument(`"${name}": maxCalls must be a positive whole number, got ${maxCalls}.`);
  }
  if (options.optimizeHparams === true && options.hpType === void 0) {
    throw invalidArgument(
      `"${name}" sets optimizeHparams but has no hpType to optimise; give one or drop the option.`
    );
  }
}
function isPromptTrainable(hyperfunction2) {
  const { prompt, optimizePrompt } = hyperfunction2.options;
  return prompt !== void 0 && (optimizePrompt ?? true);
}
function isTrainable(hyperfunction2) {
  return hyperfunction2.options.optimizeHparams === true || isPromptTrainable(hyperfunction2);
}

// ../core/src/evaluation/example.ts
function checkExamples(examples2, what) {
  if (!Array.isArray(examples2)) throw invalidArgument(`${what} must be an array of { inputs, expected }.`);
  if (examples2.length === 0) throw invalidArgument(`${what} is empty; give at least one example.`);
  examples2.forEach((entry, index) => {
    if (typeof entry === "object" && entry !== null && "inputs" in entry) return;
    throw invalidArgument(`${what}[${index}] has no "inputs"; an example is { inputs, expected }.`);
  });
}

// ../core/src/statistics/student-t.ts
function studentTwoSidedP(t, degreesOfFreedom) {
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  const total2 = degreesOfFreedom + square;
  return incompleteBeta(degreesOfFreedom / total2, square / total2, degreesOfFreedom / 2, 0.5);
}
function studentTwoSidedQuantile(level, degreesOfFreedom) {
  const outside2 = 1 - level;
  let low = 0;
  let high = 1;
  while (studentTwoSidedP(high, degreesOfFreedom) > outside2) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentTwoSidedP(middle, degreesOfFreedom) > outside2) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
function incompleteBeta(x, rest, a, b) {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log(rest) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return x < (a + 1) / (a + b + 2) ? front * betaFraction(x, a, b) / a : 1 - front * betaFraction(rest, b, a) / b;
}
function betaFraction(x, a, b) {
  const tiny = 1e-300;
  const nonZero = (value) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / nonZero(1 - (a + b) * x / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1e3; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}
var LANCZOS = [
  0.9999999999998099,
  676.5203681218851,
  -1259.1392167224028,
  771.3234287776531,
  -176.6150291621406,
  12.507343278686905,
  -0.13857109526572012,
  9984369578019572e-21,
  15056327351493116e-23
];
function logGamma(z) {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const x = z - 1;
  const sum2 = LANCZOS.reduce(
    (total2, coefficient, k) => k === 0 ? coefficient : total2 + coefficient / (x + k),
    0
  );
  const base = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(base) - base + Math.log(sum2);
}

// ../core/src/statistics/mean-interval.ts
function meanInterval(values, level = 0.95) {
  if (!(level > 0 && level < 1)) {
    throw invalidArgument(`A confidence level must lie between 0 and 1, exclusive, got ${level}.`, { level });
  }
  const { mean: mean2, standardError } = meanAndError(values);
  if (standardError === void 0) return { mean: mean2, interval: void 0 };
  const half = studentTwoSidedQuantile(level, values.length - 1) * standardError;
  return { mean: mean2, interval: { low: mean2 - half, high: mean2 + half, level } };
}
function meanAndError(values) {
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw invalidArgument(`Statistics need finite values, got ${values[odd]} at position ${odd}.`, {
      position: odd
    });
  }
  const count = values.length;
  const mean2 = values.reduce((sum2, value) => sum2 + value, 0) / count;
  if (count < 2) return { mean: mean2, standardError: void 0 };
  const squares = values.reduce((sum2, value) => sum2 + (value - mean2) ** 2, 0);
  return { mean: mean2, standardError: Math.sqrt(squares / (count - 1) / count) };
}

// ../core/src/parameters/parameter-state.ts
var EMPTY_STATE = { values: /* @__PURE__ */ new Map(), prompts: /* @__PURE__ */ new Map(), demos: /* @__PURE__ */ new Map() };
function withEntries(state, changes) {
  return {
    values: overlay(state.values, changes.values),
    prompts: overlay(state.prompts, changes.prompts),
    demos: overlay(state.demos, changes.demos)
  };
}
function overlay(base, changes) {
  return changes === void 0 ? base : new Map([...base, ...changes]);
}

// ../core/src/parameters/population.ts
function candidateState(population, layouts, candidate) {
  const values = /* @__PURE__ */ new Map();
  for (const layout of layouts.values()) {
    const base = population.base.values.get(layout.name);
    const touched = layout.leaves.filter((leaf) => population.leaves.has(leaf.path));
    if (base === void 0 || touched.length === 0) continue;
    const flat = base.slice();
    for (const leaf of touched) {
      const batch = population.leaves.get(leaf.path);
      if (batch !== void 0) writeLeaf(flat, leaf, batch, candidate);
    }
    values.set(layout.name, flat);
  }
  const texts = [...population.texts?.[candidate] ?? []];
  return withEntries(population.base, {
    values,
    prompts: texts.flatMap(
      ([name, text]) => text.prompt === void 0 ? [] : [[name, text.prompt]]
    ),
    demos: texts.flatMap(([name, text]) => text.demos === void 0 ? [] : [[name, text.demos]])
  });
}
function writeLeaf(flat, leaf, batch, candidate) {
  if (batch.kind === "dense") {
    flat.set(batch.values.subarray(candidate * leaf.size, (candidate + 1) * leaf.size), leaf.offset);
    return;
  }
  const inDim = batch.b.length === 0 ? 0 : leafColumns(leaf);
  const outDim = leaf.size / inDim;
  const { rank, base, a, b } = batch;
  for (let o = 0; o < outDim; o++) {
    for (let i = 0; i < inDim; i++) {
      let sum2 = base[o * inDim + i] ?? 0;
      for (let r = 0; r < rank; r++) {
        sum2 += (a[(candidate * outDim + o) * rank + r] ?? 0) * (b[(candidate * inDim + i) * rank + r] ?? 0);
      }
      flat[leaf.offset + o * inDim + i] = sum2;
    }
  }
}
function leafColumns(leaf) {
  return leaf.field.kind === "tensor" ? leaf.field.shape[1] ?? 1 : 1;
}
function slicePopulation(population, from, to) {
  const leaves = /* @__PURE__ */ new Map();
  for (const [path, batch] of population.leaves) {
    const rows = (values) => {
      const row = values.length / population.size;
      return values.subarray(from * row, to * row);
    };
    leaves.set(
      path,
      batch.kind === "dense" ? { kind: "dense", values: rows(batch.values) } : { ...batch, a: rows(batch.a), b: rows(batch.b) }
    );
  }
  const texts = population.texts?.slice(from, to);
  return { size: to - from, base: population.base, leaves, ...texts === void 0 ? {} : { texts } };
}

// ../core/src/evaluation/all-or-first-error.ts
async function allOrFirstError(promises) {
  const settled = await Promise.allSettled(promises);
  return settled.map((result2) => {
    if (result2.status === "rejected") throw result2.reason;
    return result2.value;
  });
}

// ../core/src/plugins/observer.ts
async function observed(frame, event, execute2) {
  const { observers, clock, warn } = frame.run.services;
  const notify = (send) => {
    for (const observer of observers) {
      try {
        send(observer);
      } catch (error) {
        warn(`An observer failed on "${event.name}": ${String(error)}`);
      }
    }
  };
  const start2 = clock.now();
  notify((observer) => observer.onStart?.(event));
  const wrapped = observers.reduceRight(
    (inner, { around }) => around ? () => surrounded(around, event, inner, warn) : inner,
    execute2
  );
  try {
    const output = await wrapped();
    notify((observer) => observer.onEnd?.(event, { ok: true, output, elapsedMs: clock.now() - start2 }));
    return output;
  } catch (error) {
    notify((observer) => observer.onEnd?.(event, { ok: false, error, elapsedMs: clock.now() - start2 }));
    throw error;
  }
}
async function surrounded(around, event, execute2, warn) {
  let execution;
  const once = () => execution ??= execute2();
  try {
    await around(event, once);
  } catch (error) {
    const own = await once().then(
      () => true,
      (reason) => reason !== error
    );
    if (own) warn(`An observer failed on "${event.name}": ${String(error)}`);
  }
  return once();
}

// ../core/src/evaluation/evaluation.ts
function layoutsOf({ layouts }, { base }) {
  return new Map([...layouts].filter(([name]) => base.values.has(name)));
}
var FATAL = /* @__PURE__ */ new Set([
  "BUDGET_EXHAUSTED",
  "BUDGET_UNBOUNDED",
  "DUPLICATE_NAME",
  "INVALID_ARGUMENT",
  "INVALID_STATE",
  "NO_TENSOR_ENGINE",
  "BACKEND_UNAVAILABLE",
  "UNRESOLVED_MODEL"
]);
function isFatal(error) {
  return isHyperfuncError(error) && FATAL.has(error.code);
}
async function runCell(evaluation, cell) {
  const { services, signal, examples: examples2, onError } = evaluation;
  const entry = examples2[cell.example];
  if (entry === void 0) throw new RangeError(`No example ${cell.example}.`);
  throwIfAborted(signal);
  services.budget?.reserve({ runs: 1 }).settle({ runs: 1 });
  const scope = tensorEngine()?.openScope(cell.scope);
  let output;
  try {
    output = await runProgram(evaluation, cell, scope, cell.inputs ?? entry.inputs);
    return { kind: "output", output };
  } catch (error) {
    throwIfAborted(signal);
    if (isFatal(error)) throw error;
    if (isHyperfuncError(error) && error.infrastructure) return { kind: "missing", error };
    const verdict = onError?.(error, entry);
    if (verdict === void 0) return { kind: "failed", error };
    return "output" in verdict ? { kind: "output", output: verdict.output } : { kind: "scored", score: verdict.score, error };
  } finally {
    scope?.close(output);
  }
}
function runProgram(evaluation, cell, scope, inputs) {
  const { host, services, signal, keys } = evaluation;
  const run = {
    program: host,
    services,
    source: cell.source,
    candidate: cell.candidate + evaluation.candidateOffset,
    exampleKey: keys[cell.example] ?? cell.example,
    recorder: cell.recorder,
    tensorScope: scope,
    join: cell.join,
    callCounts: /* @__PURE__ */ new Map(),
    batched: false
  };
  const frame = new Frame(run, void 0, void 0, signal, void 0, scope);
  return startRun({ name: host.name, frame, inputs, members: 1, body: () => host.runExample(inputs) });
}
function startRun({ name, frame, inputs, members, body }) {
  const { run } = frame;
  const start2 = () => runInFrame(frame, body);
  const detached2 = () => tensorEngine()?.detached(start2) ?? start2();
  if (run.services.observers.length === 0) return detached2();
  const event = {
    kind: "run",
    name,
    path: frame.path,
    candidate: run.candidate,
    exampleKey: run.exampleKey,
    input: inputs,
    members
  };
  return runInFrame(frame, () => observed(frame, event, detached2));
}

// ../core/src/evaluation/metric.ts
function toScoring(metric2) {
  const given = metric2;
  if (isScorer(given)) {
    const one = async (output, { expected, inputs }) => scorerValue(given, await given.score({ output, expected, inputs }));
    return { metric: metric2, one, all: meanOf(one), worst: 0 };
  }
  if (typeof given !== "function") {
    throw new HyperfuncError("INVALID_METRIC", `A metric is a function or a scorer, got ${describe(given)}.`);
  }
  const judge2 = Reflect.get(given, "perExample");
  if (typeof judge2 === "function") {
    const one = async (output, { expected, inputs }) => checkScore(await judge2(output, expected, inputs));
    const worst = Reflect.get(given, "worst");
    return { metric: metric2, one, all: meanOf(one), worst: typeof worst === "number" ? worst : void 0 };
  }
  const all = async (outputs, examples2) => checkScore(
    await given(
      outputs,
      examples2.map((entry) => entry.expected)
    )
  );
  return { metric: metric2, one: void 0, all, worst: void 0 };
}
function isScorer(metric2) {
  return typeof metric2 === "object" && metric2 !== null && typeof Reflect.get(metric2, "score") === "function";
}
function scorerValue(scorer, result2) {
  if (result2.status === "ok") return checkScore(result2.score);
  throw new HyperfuncError(
    "INFRASTRUCTURE",
    `Scorer ${scorer.name ?? ""} could not judge: ${result2.feedback}`,
    {
      infrastructure: true
    }
  );
}
function meanOf(one) {
  return async (outputs, examples2) => {
    const scores = await Promise.all(examples2.map((entry, index) => one(outputs[index], entry)));
    return mean(scores);
  };
}
function checkScore(score, who = "The metric") {
  if (typeof score === "number" && Number.isFinite(score)) return score;
  const remedy = typeof score === "number" ? "guard logarithms and divisions" : "return a number";
  throw new HyperfuncError("INVALID_METRIC", `${who} returned ${describe(score)}; ${remedy}.`);
}
function isNotFinite(error) {
  return isHyperfuncError(error, "INVALID_METRIC") && /returned (NaN|-?Infinity)/.test(error.message);
}
function describe(value) {
  return typeof value === "number" ? String(value) : `${value === null ? "null" : typeof value} ${String(value)}`;
}
function mean(values) {
  return values.reduce((sum2, value) => sum2 + value, 0) / values.length;
}

// ../core/src/evaluation/score.ts
async function scoreCandidate(evaluation, candidate, cells) {
  const failures = cells.flatMap(
    (cell, example2) => cell.kind === "output" ? [] : [failureOf(cell, candidate, example2)]
  );
  const outputs = evaluation.keepOutputs ? cells.map((cell) => cell.kind === "output" ? cell.output : void 0) : void 0;
  if (cells.some((cell) => cell.kind === "missing")) {
    return { score: void 0, scores: void 0, missing: true, failures, outputs };
  }
  try {
    const judged = await judge(evaluation, candidate, cells);
    return { ...judged, missing: false, failures, outputs };
  } catch (error) {
    const infrastructure = isHyperfuncError(error) && error.infrastructure;
    if (isFatal(error) || !(infrastructure || isNotFinite(error))) throw error;
    const kind = infrastructure ? "infrastructure" : "metric";
    const message = error instanceof Error ? error.message : String(error);
    const failure = { candidate, example: void 0, kind, message, error };
    return { score: void 0, scores: void 0, missing: true, failures: [...failures, failure], outputs };
  }
}
async function judge(evaluation, candidate, cells) {
  const { scoring, examples: examples2 } = evaluation;
  const { one } = scoring;
  const inMetric = metricFrames(evaluation, candidate);
  if (one !== void 0) {
    const judged = cells.map(async (cell, index) => {
      const entry = examples2[index];
      if (cell.kind === "output" && entry !== void 0)
        return inMetric(index, () => one(cell.output, entry));
      return cell.kind === "scored" ? checkScore(cell.score, "onError") : scoring.worst;
    });
    const scores = await allOrFirstError(judged);
    const known = scores.filter((score) => score !== void 0);
    return { scores, score: known.length === scores.length ? mean(known) : void 0 };
  }
  if (cells.some((cell) => cell.kind === "failed")) return { scores: void 0, score: void 0 };
  const given = cells.flatMap((cell) => cell.kind === "scored" ? [checkScore(cell.score, "onError")] : []);
  if (given.length > 0) return { scores: void 0, score: Math.min(...given) };
  const outputs = cells.map((cell) => cell.kind === "output" ? cell.output : void 0);
  return { scores: void 0, score: await inMetric("all", () => scoring.all(outputs, examples2)) };
}
function metricFrames({ services, signal, candidateOffset }, candidate) {
  const { run } = bareFrame(services, { candidate: candidate + candidateOffset });
  return (part, judgement) => {
    const place = { path: `/metric#${part}` };
    return runInFrame(new Frame(run, void 0, void 0, signal, void 0, void 0, place), judgement);
  };
}
function failureOf(cell, candidate, example2) {
  const message = cell.error instanceof Error ? cell.error.message : String(cell.error);
  const kind = cell.kind === "missing" ? "infrastructure" : "program";
  return { candidate, example: example2, kind, message, error: cell.error };
}
function settleFailures(candidates) {
  const known = candidates.flatMap(
    (candidate) => candidate.scores?.filter((score) => score !== void 0) ?? []
  );
  const worstExample = known.length === 0 ? void 0 : known.reduce((low, score) => Math.min(low, score));
  const settled = candidates.map((candidate) => {
    if (candidate.missing || candidate.score !== void 0) return candidate;
    if (candidate.scores === void 0 || worstExample === void 0) return candidate;
    const scores = candidate.scores.map((score) => score ?? worstExample);
    return { ...candidate, scores, score: mean(scores) };
  });
  const totals = settled.flatMap((candidate) => candidate.score === void 0 ? [] : [candidate.score]);
  const worst = totals.length === 0 ? void 0 : totals.reduce((low, score) => Math.min(low, score));
  return settled.map(
    (candidate) => candidate.missing || candidate.score !== void 0 || worst === void 0 ? candidate : { ...candidate, score: worst }
  );
}

// ../core/src/evaluation/concurrent.ts
var MAX_LIVE_RUNS = 4096;
async function evaluateConcurrently(evaluation, population) {
  const candidates = Math.max(1, Math.floor(MAX_LIVE_RUNS / evaluation.examples.length));
  const scores = [];
  for (let from = 0; from < population.size; from += candidates) {
    const to = Math.min(from + candidates, population.size);
    const indices = Array.from({ length: to - from }, (_, offset) => from + offset);
    scores.push(
      ...await allOrFirstError(
        indices.map((candidate) => evaluateCandidate(evaluation, population, candidate))
      )
    );
  }
  return scores;
}
async function evaluateCandidate(evaluation, population, candidate) {
  const { host, examples: examples2, keepOutputs } = evaluation;
  const scope = tensorEngine()?.openScope(void 0);
  let kept;
  try {
    const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
    const cells = [];
    for (let from = 0; from < examples2.length; from += MAX_LIVE_RUNS) {
      const count = Math.min(MAX_LIVE_RUNS, examples2.length - from);
      const runs = Array.from(
        { length: count },
        (_, offset) => runCell(evaluation, { candidate, example: from + offset, source, scope })
      );
      cells.push(...await allOrFirstError(runs));
    }
    const score = await scoreCandidate(evaluation, candidate, cells);
    if (keepOutputs) kept = score.outputs;
    return score;
  } finally {
    scope?.close(kept);
  }
}

// ../core/src/evaluation/loop.ts
async function evaluateLoop(evaluation, population) {
  const { host, examples: examples2, keepOutputs } = evaluation;
  const scores = [];
  for (let candidate = 0; candidate < population.size; candidate++) {
    const scope = tensorEngine()?.openScope(void 0);
    let kept;
    try {
      const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
      const cells = [];
      for (let example2 = 0; example2 < examples2.length; example2++) {
        cells.push(await runCell(evaluation, { candidate, example: example2, source, scope }));
      }
      const score = await scoreCandidate(evaluation, candidate, cells);
      scores.push(score);
      if (keepOutputs) kept = score.outputs;
    } finally {
      scope?.close(kept);
    }
  }
  return scores;
}

// ../core/src/evaluation/settle-on-abort.ts
function settleOnAbort(work, signal) {
  if (signal === void 0) return work;
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, reject);
    work.finally(stopListening).then(resolve, reject);
  });
}

// ../core/src/evaluation/session-parameters.ts
var SessionParameters = class {
  #session;
  #base;
  #layouts;
  #built = /* @__PURE__ */ new Map();
  constructor(session, base, layouts) {
    this.#session = session;
    this.#base = base;
    this.#layouts = layouts;
  }
  hp(hyperfunction2) {
    const { name } = hyperfunction2;
    if (!this.#layouts.has(name)) return this.#base.hp(hyperfunction2);
    const hp = this.#built.get(name) ?? this.#session.hp(name);
    this.#built.set(name, hp);
    return hp;
  }
  prompt(hyperfunction2) {
    return this.#base.prompt(hyperfunction2);
  }
  demos(hyperfunction2) {
    return this.#base.demos(hyperfunction2);
  }
};

// ../core/src/evaluation/vectorised.ts
async function evaluateVectorised(evaluation, population, engine2) {
  if (!evaluation.host.batching.verified) {
    await verify(evaluation, population, engine2);
    evaluation.host.batching.verified = true;
  }
  const { examples: examples2, services, scoring, keepOutputs } = evaluation;
  services.budget?.reserve({ runs: population.size * examples2.length }).settle({ runs: population.size * examples2.length });
  return runBatched(evaluation, population, engine2, async (session, output) => {
    if (!keepOutputs) {
      const expected = examples2.map((entry) => entry.expected);
      const scores = await session.score(output, scoring.metric, expected);
      if (scores !== void 0)
        return Array.from(scores, (score, candidate) => fromBatchedScore(score, candidate));
    }
    const rows = await session.outputs(output);
    const results = [];
    for (const [candidate, row] of rows.entries()) {
      const cells = row.map((cell) => ({ kind: "output", output: cell }));
      results.push(await scoreCandidate(evaluation, candidate, cells));
    }
    return results;
  });
}
function fromBatchedScore(score, candidate) {
  const empty = { scores: void 0, outputs: void 0 };
  if (Number.isFinite(score)) return { ...empty, score, missing: false, failures: [] };
  const error = new HyperfuncError(
    "INVALID_METRIC",
    `The metric returned ${score}; guard logarithms and divisions.`
  );
  const failure = { candidate, example: void 0, kind: "metric", message: error.message, error };
  return { ...empty, score: void 0, missing: true, failures: [failure] };
}
async function runBatched(evaluation, population, engine2, read2) {
  const { host, examples: examples2, services, signal, keepOutputs } = evaluation;
  if (signal?.aborted === true) throw abortError(signal);
  const scope = engine2.openScope(void 0);
  let kept;
  const layouts = layoutsOf(host, population);
  const session = engine2.openPopulation(
    population,
    layouts,
    examples2.map((entry) => entry.inputs)
  );
  try {
    const run = {
      program: host,
      services,
      source: new SessionParameters(session, host.parametersOf(population.base, scope), layouts),
      candidate: 0,
      exampleKey: 0,
      recorder: void 0,
      tensorScope: scope,
      join: void 0,
      callCounts: /* @__PURE__ */ new Map(),
      batched: true
    };
    const frame = new Frame(run, void 0, void 0, signal, void 0, scope);
    const inputs = session.batchedInputs();
    const members = population.size * examples2.length;
    const output = await startRun({
      name: host.name,
      frame,
      inputs,
      members,
      body: () => host.runExample(inputs)
    });
    const scores = await read2(session, output);
    if (keepOutputs) kept = scores.map((score) => score.outputs);
    return scores;
  } finally {
    session.close();
    scope.close(kept);
  }
}
async function verify(evaluation, population, engine2) {
  const { host, examples: examples2, keys } = evaluation;
  const corner = slicePopulation(population, 0, Math.min(2, population.size));
  const last = examples2.length - 1;
  const chosen = last === 0 ? [0] : [0, last];
  const small = {
    ...evaluation,
    examples: chosen.flatMap((index) => examples2[index] ?? []),
    keys: chosen.map((index) => keys[index] ?? index),
    services: { ...evaluation.services, budget: void 0 },
    onError: void 0
  };
  const scope = engine2.openScope(void 0);
  try {
    await runBatched(small, corner, engine2, async (session, output) => {
      const rows = await session.outputs(output);
      for (const [candidate, row] of rows.entries()) {
        const source = host.parametersOf(candidateState(corner, host.layouts, candidate), scope);
        for (const [example2, vectorised] of row.entries()) {
          const plain2 = await runCell(small, { candidate, example: example2, source, scope });
          if (plain2.kind === "output" && await engine2.agrees(vectorised, plain2.output)) continue;
          throw new HyperfuncError(
            "NOT_VECTORISABLE",
            plain2.kind === "output" ? "The vectorised run gives other results than the plain loop: code between the calls depends on values or on state outside the run." : `The program fails on its own, so the vectorised run cannot be checked: ${String(plain2.error)}`
          );
        }
      }
      return [];
    });
  } finally {
    scope.close();
  }
}

// ../core/src/evaluation/wavefront.ts
async function evaluateWavefront(evaluation, population, engine2) {
  const { host, examples: examples2, services, signal, keepOutputs } = evaluation;
  const scope = engine2.openScope(void 0);
  let kept;
  const layouts = layoutsOf(host, population);
  const session = engine2.openPopulation(
    population,
    layouts,
    examples2.map((entry) => entry.inputs)
  );
  try {
    const run = {
      program: host,
      services,
      source: new SessionParameters(session, host.parametersOf(population.base, scope), layouts),
      candidate: 0,
      exampleKey: 0,
      recorder: void 0,
      tensorScope: scope,
      join: void 0,
      callCounts: /* @__PURE__ */ new Map(),
      batched: true
    };
    const wave = new Wave(
      evaluation,
      session,
      engine2,
      new Frame(run, void 0, void 0, signal, void 0, scope),
      examples2.length
    );
    const candidates = Array.from(
      { length: population.size },
      (_, candidate) => startCandidate(evaluation, population, session, wave, scope, candidate)
    );
    const rows = await allOrFirstError(candidates);
    const scores = [];
    for (const [candidate, cells] of rows.entries())
      scores.push(await scoreCandidate(evaluation, candidate, cells));
    if (keepOutputs) kept = scores.map((score) => score.outputs);
    return scores;
  } finally {
    session.close();
    scope.close(kept);
  }
}
function startCandidate(evaluation, population, session, wave, scope, candidate) {
  const { host, examples: examples2 } = evaluation;
  const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
  return allOrFirstError(
    examples2.map(
      (_, example2) => runCell(evaluation, {
        candidate,
        example: example2,
        source,
        scope,
        inputs: session.inputs(candidate, example2),
        join: (call) => wave.join(call, { candidate, example: example2, input: call.input })
      })
    )
  );
}
var Wave = class {
  constructor(evaluation, session, engine2, generation, examples2) {
    this.evaluation = evaluation;
    this.session = session;
    this.engine = engine2;
    this.generation = generation;
    this.examples = examples2;
  }
  evaluation;
  session;
  engine;
  generation;
  examples;
  #pending = /* @__PURE__ */ new Map();
  #scheduled = false;
  join(call, cell) {
    const overridden = call.overrides.hp ?? call.overrides.prompt ?? call.overrides.demos;
    if (overridden !== void 0 || this.evaluation.host.batching.callObstacle(call.hyperfunction) !== void 0) {
      return executeDirectly(call);
    }
    return new Promise((resolve, reject) => {
      const siblings = this.#pending.get(call.hyperfunction) ?? [];
      if (siblings.length === 0) this.#pending.set(call.hyperfunction, siblings);
      siblings.push({ call, cell, resolve, reject });
      call.signal?.addEventListener("abort", () => {
        reject(abortError(call.signal));
      });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        runInFrame(this.generation, () => {
          this.#flush();
        });
      });
    });
  }
  #flush() {
    this.#scheduled = false;
    const work = this.#pending;
    this.#pending = /* @__PURE__ */ new Map();
    for (const [hyperfunction2, waiting] of work) {
      void this.#execute(
        hyperfunction2,
        waiting.filter(({ call }) => call.signal?.aborted !== true)
      );
    }
  }
  async #execute(hyperfunction2, waiting) {
    const [first] = waiting;
    if (first === void 0) return;
    try {
      const outputs = await this.#batch(hyperfunction2, first.call, waiting);
      waiting.forEach(({ resolve }, index) => {
        resolve(outputs[index]);
      });
    } catch (error) {
      if (isHyperfuncError(error, "NOT_VECTORISABLE"))
        this.evaluation.host.batching.noteCallObstacle(hyperfunction2.name, error.message);
      for (const { call, resolve, reject } of waiting) {
        runInFrame(call.caller, () => executeDirectly(call)).then(resolve, reject);
      }
    }
  }
  #batch(hyperfunction2, sample, waiting) {
    const { generation } = this;
    const { timeoutMs, name } = hyperfunction2.options;
    const cells = waiting.map(({ cell }) => cell);
    const call = { ...sample, caller: generation, signal: generation.signal, node: void 0 };
    const body = (signal) => (input) => {
      const frame = new Frame(
        generation.run,
        generation,
        { ...call, input },
        signal,
        void 0,
        generation.scope
      );
      return runInFrame(frame, () => hyperfunction2.fn(input, new CallContext(call, frame)));
    };
    const execute2 = () => timeoutMs === void 0 ? this.session.callBatch(body(generation.signal), cells) : withTimeout((signal) => this.session.callBatch(body(signal), cells), {
      timeoutMs,
      what: `"${name}"`,
      clock: generation.run.services.clock,
      ...generation.signal && { signal: generation.signal }
    });
    if (generation.run.services.observers.length === 0) return execute2();
    const event = {
      kind: "batch",
      name,
      path: "",
      candidate: 0,
      exampleKey: 0,
      input: void 0,
      members: waiting.length
    };
    return observed(generation, event, execute2);
  }
};

// ../core/src/evaluation/evaluate-population.ts
var MODES = ["vectorised", "wavefront", "concurrent", "loop"];
var DEFAULT_CELLS = 65536;
function evaluatePopulation(evaluation, population, options = {}) {
  return settleOnAbort(inFastestMode(evaluation, population, options), evaluation.signal);
}
async function inFastestMode(evaluation, population, options) {
  checkPopulationOptions(options);
  const engine2 = tensorEngine();
  await engine2?.ready();
  const reasons = {};
  const modes = options.mode === void 0 ? MODES.slice(0, 3) : [options.mode];
  for (const mode of modes) {
    const obstacle = obstacleTo(mode, evaluation, population, engine2);
    if (obstacle !== void 0) {
      reasons[mode] = obstacle;
      continue;
    }
    try {
      return {
        candidates: await inChunks(mode, evaluation, population, engine2, options.chunk),
        mode,
        reasons
      };
    } catch (error) {
      if (!mayFallBack(mode, error)) throw error;
      reasons[mode] = error instanceof Error ? error.message : String(error);
      if (isHyperfuncError(error, "NOT_VECTORISABLE"))
        evaluation.host.batching.refusals.set(mode, error.message);
    }
  }
  const why = Object.entries(reasons).map(([mode, reason]) => `${mode}: ${reason}`);
  throw new HyperfuncError(
    "NOT_VECTORISABLE",
    `The population cannot be evaluated as asked. ${why.join(" ")}`
  );
}
function checkPopulationOptions({ mode, chunk: chunk2 }) {
  if (mode !== void 0 && !MODES.includes(mode)) {
    throw invalidArgument(`mode must be one of ${MODES.join(", ")}, got ${String(mode)}.`);
  }
  if (chunk2 !== void 0 && !(Number.isInteger(chunk2) && chunk2 > 0)) {
    throw invalidArgument(`chunk must be a positive whole number of candidates, got ${chunk2}.`);
  }
}
function mayFallBack(mode, error) {
  if (isHyperfuncError(error, "NOT_VECTORISABLE")) return mode === "vectorised" || mode === "wavefront";
  const ownError = isHyperfuncError(error) && (isFatal(error) || error.code === "ABORTED" || error.code === "INVALID_METRIC");
  return mode === "vectorised" && !ownError;
}
function obstacleTo(mode, { host }, population, engine2) {
  if (mode === "concurrent" || mode === "loop") return void 0;
  if (engine2 === void 0) return "no tensor package is loaded";
  if (population.texts !== void 0) return "candidates differ in prompts or demonstrations";
  const whole = mode === "vectorised" ? host.batching.wholeRunObstacle() : void 0;
  return host.batching.refusals.get(mode) ?? host.batching.batchObstacle() ?? whole;
}
async function inChunks(mode, evaluation, population, engine2, chunk2 = Math.max(1, Math.floor(DEFAULT_CELLS / evaluation.examples.length))) {
  const scores = [];
  for (let from = 0; from < population.size; from += chunk2) {
    const part = slicePopulation(population, from, Math.min(from + chunk2, population.size));
    const evaluated = await evaluateChunk(mode, { ...evaluation, candidateOffset: from }, part, engine2);
    scores.push(
      ...evaluated.map((score) => ({
        ...score,
        failures: score.failures.map((failure) => ({ ...failure, candidate: failure.candidate + from }))
      }))
    );
  }
  return settleFailures(scores);
}
function evaluateChunk(mode, evaluation, population, engine2) {
  if (mode === "vectorised" && engine2 !== void 0)
    return evaluateVectorised(evaluation, population, engine2);
  if (mode === "wavefront" && engine2 !== void 0) return evaluateWavefront(evaluation, population, engine2);
  return mode === "loop" ? evaluateLoop(evaluation, population) : evaluateConcurrently(evaluation, population);
}

// ../core/src/evaluation/measure.ts
async function measure(request) {
  const { state, examples: examples2, options, ...rest } = request;
  const evaluation = { ...rest, examples: examples2, keys: exampleKeys(examples2), candidateOffset: 0 };
  const { candidates, mode } = await evaluatePopulation(
    evaluation,
    { size: 1, base: state, leaves: /* @__PURE__ */ new Map() },
    options
  );
  const [candidate] = candidates;
  if (candidate === void 0) throw new RangeError("A population of one gave no result.");
  const scores = candidate.scores;
  const judged = scores?.filter((score) => score !== void 0) ?? [];
  return {
    score: candidate.score,
    interval: judged.length > 1 ? meanInterval(judged).interval : void 0,
    scores,
    outputs: candidate.outputs,
    missing: countMissing(candidate, examples2.length),
    failures: candidate.failures,
    mode
  };
}
function countMissing(candidate, examples2) {
  if (!candidate.missing) return 0;
  const failed = candidate.failures.filter(
    (failure) => failure.kind === "infrastructure" && failure.example !== void 0
  );
  return failed.length === 0 ? examples2 : failed.length;
}
function exampleKeys(examples2) {
  return examples2.map((entry, index) => entry.id ?? index);
}
function requireScore(measured, examples2) {
  if (measured.score !== void 0) return measured.score;
  const first = measured.failures.find(({ kind }) => kind !== "program") ?? measured.failures[0];
  const reason = first?.message ?? "unknown reason";
  if (first?.kind === "metric") throw first.error;
  if (measured.missing > 0) {
    throw new HyperfuncError(
      "INFRASTRUCTURE",
      `${measured.missing} of ${examples2} examples are missing because of infrastructure failures, so there is no score; first: ${reason}`,
      { infrastructure: true, cause: first?.error, details: { missing: measured.missing } }
    );
  }
  throw new HyperfuncError(
    "INVALID_STATE",
    `The program failed and nothing says what a failure is worth: ${reason} Pass onError, or use perExample(\u2026, { worst }).`,
    { cause: first?.error }
  );
}
function knownScores({ scores }) {
  const known = scores?.filter((score) => score !== void 0);
  return known !== void 0 && known.length === scores?.length ? known : void 0;
}

// ../core/src/budget/budget-limits.ts
var RESOURCES = ["calls", "runs", "tokens", "usd"];
var LIMIT_OF = {
  calls: "maxCalls",
  runs: "maxRuns",
  tokens: "maxTokens",
  usd: "maxUsd"
};
var UNIT_OF = {
  maxCalls: "whole calls",
  maxRuns: "whole runs",
  maxTokens: "whole tokens",
  maxUsd: "US dollars",
  maxMs: "milliseconds"
};
function checkLimits(limits) {
  const checked = {};
  for (const [name, value] of Object.entries({ ...limits })) {
    if (!isLimitName(name)) {
      const known = Object.keys(UNIT_OF).join(", ");
      throw invalidArgument(`A budget has no limit "${name}"; the limits are ${known}.`, { limit: name });
    }
    if (value === void 0 || value === Infinity) continue;
    const counted = name !== "maxUsd" && name !== "maxMs";
    if (typeof value !== "number" || !(value > 0) || counted && !Number.isSafeInteger(value)) {
      throw invalidArgument(
        `${name} must be a positive number of ${UNIT_OF[name]}, got ${show(value)}; leave it out for no limit.`,
        { limit: name, value }
      );
    }
    checked[name] = value;
  }
  return checked;
}
function show(value) {
  return typeof value === "number" ? String(value) : JSON.stringify(value) ?? typeof value;
}
function isLimitName(name) {
  return Object.hasOwn(UNIT_OF, name);
}
var USD_UNITS = 1e9;
function toUnits(resource, amount) {
  const counted = resource !== "usd";
  if (!(amount >= 0) || amount === Infinity || counted && !Number.isSafeInteger(amount)) {
    throw invalidArgument(
      `An amount of ${resource} must be a finite ${counted ? "whole " : ""}number of at least 0, got ${String(amount)}.`,
      { resource, amount }
    );
  }
  return counted ? amount : Math.ceil(amount * USD_UNITS - 1e-3);
}
function fromUnits(resource, units) {
  return resource === "usd" ? units / USD_UNITS : units;
}

// ../core/src/budget/budget.ts
var Budget = class _Budget {
  limits;
  #clock;
  #startedAt;
  #spent = noUnits();
  #reserved = noUnits();
  /**
   * Without limits everything is allowed and still counted. The time for `maxMs` starts here.
   *
   * @throws INVALID_ARGUMENT, naming value and remedy, for a limit that is unknown, not greater than 0, or a fraction of
   * something counted.
   */
  constructor(limits = {}, options = {}) {
    const { clock = systemClock, spent, elapsedMs = 0 } = options;
    if (!(elapsedMs >= 0))
      throw invalidArgument(`elapsedMs must be at least 0, got ${elapsedMs}.`, { elapsedMs });
    this.limits = checkLimits(limits);
    this.#clock = clock;
    this.#startedAt = clock.now() - elapsedMs;
    if (spent === void 0) return;
    for (const resource of RESOURCES) this.#spent[resource] = toUnits(resource, spent[resource]);
  }
  /**
   * Continues a saved ledger under its own limits, or under `options.limits`.
   *
   * @throws INVALID_ARGUMENT for figures that no ledger writes.
   */
  static fromJson(json, options = {}) {
    const { limits = json.limits, clock = systemClock } = options;
    return new _Budget(limits, { clock, spent: json.spent, elapsedMs: json.elapsedMs });
  }
  /**
   * Sets an upper bound of what comes next aside, before it happens.
   *
   * @throws BUDGET_EXHAUSTED, naming the limit, when it does not fit or the time is over; BUDGET_UNBOUNDED when a limited
   * amount has no upper bound; INVALID_ARGUMENT for an amount that is negative or not whole. Nothing is set aside then.
   */
  reserve(request) {
    if (this.expired()) throw expiredError(this.elapsedMs, this.limits.maxMs);
    const held = noUnits();
    for (const resource of RESOURCES) {
      const amount = request[resource] ?? 0;
      const max = this.limits[LIMIT_OF[resource]];
      if (amount === "unbounded") {
        if (max !== void 0) throw unboundedError(LIMIT_OF[resource], max);
        continue;
      }
      held[resource] = toUnits(resource, amount);
      if (max === void 0 || held[resource] === 0) continue;
      const taken = this.#spent[resource] + this.#reserved[resource];
      if (taken + held[resource] > toUnits(resource, max)) {
        throw exhaustedError(LIMIT_OF[resource], max, amount, this.spent[resource], this.reserved[resource]);
      }
    }
    return this.#enter(held);
  }
  /** Booked so far, by settled reservations. */
  get spent() {
    return amounts(this.#spent);
  }
  /** Set aside for what is in flight. */
  get reserved() {
    return amounts(this.#reserved);
  }
  /** Milliseconds since the start, earlier parts of the run included. */
  get elapsedMs() {
    return this.#clock.now() - this.#startedAt;
  }
  /** What can still be reserved, and the milliseconds left; without an entry where there is no limit. */
  get remaining() {
    const left = {};
    for (const resource of RESOURCES) {
      const max = this.limits[LIMIT_OF[resource]];
      if (max === void 0) continue;
      const units = toUnits(resource, max) - this.#spent[resource] - this.#reserved[resource];
      left[resource] = fromUnits(resource, Math.max(0, units));
    }
    const { maxMs } = this.limits;
    return maxMs === void 0 ? left : { ...left, ms: Math.max(0, maxMs - this.elapsedMs) };
  }
  /** True once `maxMs` is over: no new work starts. */
  expired() {
    return this.limits.maxMs !== void 0 && this.elapsedMs >= this.limits.maxMs;
  }
  /** For a checkpoint. What is in flight is not part of it: save when nothing is. */
  toJson() {
    return { limits: this.limits, spent: this.spent, elapsedMs: this.elapsedMs };
  }
  #enter(held) {
    let open2 = true;
    const close2 = () => {
      open2 = false;
      for (const resource of RESOURCES) this.#reserved[resource] -= held[resource];
    };
    for (const resource of RESOURCES) this.#reserved[resource] += held[resource];
    return {
      settle: (actual = {}) => {
        if (!open2) {
          throw new HyperfuncError(
            "INVALID_STATE",
            "A reservation can be settled once, and not after its release."
          );
        }
        const used = noUnits();
        for (const resource of RESOURCES) {
          const amount = actual[resource];
          used[resource] = amount === void 0 ? held[resource] : toUnits(resource, amount);
        }
        close2();
        for (const resource of RESOURCES) this.#spent[resource] += used[resource];
      },
      release: () => {
        if (open2) close2();
      }
    };
  }
};
function noUnits() {
  return { calls: 0, runs: 0, tokens: 0, usd: 0 };
}
function amounts(units) {
  return { ...units, usd: fromUnits("usd", units.usd) };
}
function exhaustedError(limit, max, requested, spent, reserved) {
  return new HyperfuncError(
    "BUDGET_EXHAUSTED",
    `The budget is exhausted: ${limit} is ${max}, ${spent} spent and ${reserved} reserved leave no room for ${requested} more. Raise ${limit}, or make the run smaller.`,
    { infrastructure: true, details: { limit, max, requested, spent, reserved } }
  );
}
function expiredError(elapsedMs, maxMs) {
  return new HyperfuncError(
    "BUDGET_EXHAUSTED",
    `The budget is exhausted: maxMs is ${maxMs}, and ${Math.round(elapsedMs)} ms have passed. Raise maxMs, or make the run smaller.`,
    { infrastructure: true, details: { limit: "maxMs", max: maxMs, elapsedMs } }
  );
}
var BOUND_REMEDY = {
  maxTokens: "Give the call an output cap (maxTokens of the request), and every image part its maxTokens",
  maxUsd: "Use a model whose price is known, or tell its prices"
};
function unboundedError(limit, max) {
  return new HyperfuncError(
    "BUDGET_UNBOUNDED",
    `The budget has ${limit} ${max}, but nothing bounds what this call may use. ${BOUND_REMEDY[limit]}; or limit maxCalls instead.`,
    { infrastructure: true, details: { limit, max } }
  );
}

// ../core/src/context/call-journal.ts
var ReplayJournal = class {
  #open = /* @__PURE__ */ new Map();
  #booked;
  #behind;
  constructor(records, booked, behind) {
    this.#booked = booked;
    this.#behind = behind;
    for (const { key, response } of records) {
      const responses = this.#open.get(key);
      if (responses === void 0) this.#open.set(key, [response]);
      else responses.push(response);
    }
  }
  take(key) {
    const response = this.#open.get(key)?.shift();
    return response === void 0 ? this.#behind?.take(key) : { response, booked: this.#booked };
  }
  async record(key, response) {
    await this.#behind?.record(key, response);
  }
};
var ProbeJournal = class {
  records = [];
  #behind;
  constructor(behind) {
    this.#behind = behind;
  }
  take(key) {
    const known = this.#behind?.take(key);
    if (known !== void 0) this.records.push({ key, response: known.response });
    return known;
  }
  async record(key, response) {
    this.records.push({ key, response });
    await this.#behind?.record(key, response);
  }
  /** The journal of what comes after the probe. */
  after() {
    return new ReplayJournal(this.records, true, this.#behind);
  }
};

// ../core/src/parameters/saved-state.ts
import { createHash } from "node:crypto";

// ../core/src/checkpoint/float-codec.ts
import { Buffer } from "node:buffer";
import { endianness } from "node:os";
function encodeFloats(values) {
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw invalidArgument(`Only finite numbers can be saved, got ${values[odd]} at position ${odd}.`, {
      position: odd
    });
  }
  const bytes = Buffer.from(values.slice().buffer);
  return {
    dtype: values instanceof Float32Array ? "float32" : "float64",
    base64: littleEndian(bytes, values.BYTES_PER_ELEMENT).toString("base64")
  };
}
function decodeFloats(encoded) {
  const { dtype, base64 } = encoded;
  const size = dtype === "float32" ? 4 : 8;
  const bytes = Buffer.from(base64, "base64");
  if (dtype !== "float32" && dtype !== "float64" || bytes.toString("base64") !== base64 || bytes.length % size !== 0) {
    throw invalidArgument(`Saved numbers are damaged: ${bytes.length} bytes of ${JSON.stringify(dtype)}.`, {
      dtype
    });
  }
  const { buffer } = new Uint8Array(littleEndian(bytes, size));
  const values = dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
  if (!values.every((value) => Number.isFinite(value))) {
    throw invalidArgument("Saved numbers are damaged: they contain NaN or an infinity.");
  }
  return values;
}
function littleEndian(bytes, size) {
  if (endianness() === "LE") return bytes;
  return size === 4 ? bytes.swap32() : bytes.swap64();
}

// ../core/src/parameters/saved-state.ts
var STATE_FORMAT = "hyperfunc-state";
var STATE_VERSION = 1;
function saveState(system, hyperfunctions, state) {
  const entries = hyperfunctions.map(({ name, layout }) => {
    const values = state.values.get(name);
    const prompt = state.prompts.get(name);
    const demos = state.demos.get(name);
    return [
      name,
      {
        ...layout === void 0 || values === void 0 ? {} : { leaves: shapesOf(layout), values: encodeFloats(values) },
        ...prompt === void 0 ? {} : { prompt },
        ...demos === void 0 ? {} : { demos }
      }
    ];
  });
  return {
    format: STATE_FORMAT,
    version: STATE_VERSION,
    system,
    hyperfunctions: Object.fromEntries(entries)
  };
}
function readSavedState(json) {
  const saved = json;
  if (typeof saved !== "object" || saved === null || saved.format !== STATE_FORMAT || typeof saved.hyperfunctions !== "object" || saved.hyperfunctions === null) {
    throw new HyperfuncError(
      "PROGRAM_MISMATCH",
      `This is not a saved state: "format" is not "${STATE_FORMAT}".`
    );
  }
  if (saved.version !== STATE_VERSION) {
    throw new HyperfuncError(
      "PROGRAM_MISMATCH",
      `The saved state has version ${String(saved.version)}, this package reads version ${STATE_VERSION}; save it again with this package.`
    );
  }
  return saved;
}
function mismatches(hyperfunction2, saved) {
  const { name, layout } = hyperfunction2;
  const now = layout === void 0 ? {} : shapesOf(layout);
  const then = saved.leaves ?? {};
  if (saved.leaves === void 0 && saved.values === void 0 && layout !== void 0)
    return [`"${name}" has no saved values`];
  const paths = [.../* @__PURE__ */ new Set([...Object.keys(now), ...Object.keys(then)])];
  const problems = paths.flatMap((path) => {
    const [a, b] = [now[path], then[path]];
    if (a === void 0) return [`${path} is saved but not in the program`];
    if (b === void 0) return [`${path} is in the program but not saved`];
    return a.join() === b.join() ? [] : [`${path} has shape [${a.join(", ")}], saved is [${b.join(", ")}]`];
  });
  return problems.length > 0 || layout === void 0 ? problems : valueProblems(layout, saved);
}
function valueProblems(layout, { values }) {
  if (values === void 0) return [`"${layout.name}" has no saved values`];
  try {
    const decoded = decodeFloats(values);
    if (values.dtype !== layout.precision)
      return [`"${layout.name}" takes ${layout.precision}, saved is ${values.dtype}`];
    if (decoded.length !== layout.size)
      return [`"${layout.name}" takes ${layout.size} numbers, saved are ${decoded.length}`];
    return layout.leaves.flatMap((leaf) => rangeProblem(leaf, decoded) ?? []);
  } catch (error) {
    return [`the values of "${layout.name}" cannot be read: ${String(error)}`];
  }
}
function savedValues(saved) {
  return saved.values === void 0 ? void 0 : decodeFloats(saved.values);
}
function programFingerprint(hyperfunctions) {
  const structure = hyperfunctions.map(({ name, layout, options }) => ({
    name,
    fields: layout?.leaves.map(({ path, field }) => ({ path, field })),
    trained: options.optimizeHparams ?? false
  })).sort((a, b) => a.name < b.name ? -1 : 1);
  return createHash("sha256").update(JSON.stringify(structure)).digest("hex").slice(0, 16);
}
function shapesOf(layout) {
  return Object.fromEntries(
    layout.leaves.map(({ path, field }) => [path, field.kind === "tensor" ? field.shape : []])
  );
}

// ../core/src/optimize/checkpointing.ts
import { createHash as createHash3 } from "node:crypto";

// ../core/src/checkpoint/directory-checkpoints.ts
import { join } from "node:path";

// ../core/src/checkpoint/checkpoint-file.ts
import { createHash as createHash2 } from "node:crypto";
import { dirname } from "node:path";

// ../core/src/checkpoint/file-system.ts
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
var nodeFileSystem = { mkdir, open, readdir, readFile, rename, rm };
async function readIfThere(fs, path) {
  try {
    return await fs.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return void 0;
    throw error;
  }
}
function isMissing(error) {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
async function writeDurably(fs, path, text, flags) {
  const file = await fs.open(path, flags);
  try {
    await file.writeFile(text, "utf8");
    await file.sync();
  } finally {
    await file.close();
  }
}
async function syncDirectory(fs, path) {
  let directory;
  try {
    directory = await fs.open(path, "r");
  } catch {
    return;
  }
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

// ../core/src/checkpoint/strict-json.ts
function strictJson(value, what) {
  check2(value, what, []);
  return JSON.stringify(value);
}
function check2(value, path, enclosing) {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    throw invalidArgument(`${path} is ${value}, which JSON cannot hold.`, { path });
  }
  if (typeof value !== "object")
    throw invalidArgument(`${path} is of type ${typeof value}, which JSON cannot hold.`, { path });
  if (enclosing.includes(value))
    throw invalidArgument(`${path} contains itself, which JSON cannot hold.`, { path });
  const inside2 = [...enclosing, value];
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) check2(part, `${path}[${index}]`, inside2);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw invalidArgument(`${path} is a ${value.constructor.name}, which JSON would not bring back.`, {
      path
    });
  }
  for (const [key, part] of Object.entries(value))
    if (part !== void 0) check2(part, `${path}.${key}`, inside2);
}

// ../core/src/checkpoint/checkpoint-file.ts
var LAYOUT = /^\{"sha256":"([0-9a-f]{64})","checkpoint":(.*)\}\n$/s;
async function writeCheckpoint(fs, path, checkpoint) {
  const body = strictJson({ step: checkpoint.step, data: checkpoint.data }, "checkpoint");
  const temporary = `${path}.tmp`;
  await writeDurably(fs, temporary, `{"sha256":"${sha256(body)}","checkpoint":${body}}
`, "w");
  await fs.rename(temporary, path);
  await syncDirectory(fs, dirname(path));
}
async function readCheckpoint(fs, path) {
  const text = await readIfThere(fs, path);
  if (text === void 0) return "it is missing";
  const [, checksum, body] = LAYOUT.exec(text) ?? [];
  if (checksum === void 0 || body === void 0) return "it is truncated or not a checkpoint";
  if (checksum !== sha256(body)) return "its checksum differs";
  return JSON.parse(body);
}
function sha256(text) {
  return createHash2("sha256").update(text).digest("hex");
}

// ../core/src/checkpoint/checkpoint-store-rules.ts
function checkNextStep(step, last) {
  if (Number.isSafeInteger(step) && step > (last ?? -1)) return;
  throw invalidArgument(
    `The step of a checkpoint must be a whole number above the last one (${last ?? "none so far"}), got ${step}.`,
    { step, last }
  );
}
function notOpened() {
  return new HyperfuncError(
    "INVALID_STATE",
    "A checkpoint store must be opened first: await load() to continue a run, or clear() to start over."
  );
}

// ../core/src/checkpoint/json-lines.ts
import { dirname as dirname2 } from "node:path";
var JsonLines = class {
  #fs;
  #path;
  #lastWrite = Promise.resolve();
  #batch;
  /** Whether the file may end in the middle of a line, after a crash or a failed write. */
  #torn = true;
  #created = false;
  constructor(fs, path) {
    this.#fs = fs;
    this.#path = path;
  }
  /**
   * Resolves when the line, a JSON object, is on the disk. Lines that arrive while another write is under way are written
   * together, so that a wide run does not wait for the disk once per line.
   */
  append(line2) {
    this.#batch ??= this.#openBatch();
    this.#batch.lines.push(line2);
    return this.#batch.written;
  }
  /** All lines that are intact, in order. */
  async read() {
    await this.#lastWrite;
    const text = await readIfThere(this.#fs, this.#path) ?? "";
    return text.split("\n").flatMap((line2) => {
      const record = parseLine(line2);
      return record === void 0 ? [] : [record];
    });
  }
  #openBatch() {
    const lines = [];
    const written = this.#lastWrite.then(() => {
      this.#batch = void 0;
      return this.#write(lines);
    });
    this.#lastWrite = written.catch(() => void 0);
    return { lines, written };
  }
  async #write(lines) {
    const directory = dirname2(this.#path);
    if (!this.#created) await this.#fs.mkdir(directory, { recursive: true });
    const text = `${this.#torn ? "\n" : ""}${lines.join("\n")}
`;
    this.#torn = true;
    await writeDurably(this.#fs, this.#path, text, "a");
    this.#torn = false;
    if (this.#created) return;
    await syncDirectory(this.#fs, directory);
    this.#created = true;
  }
};
function parseLine(line2) {
  if (line2 === "") return void 0;
  try {
    return JSON.parse(line2);
  } catch {
    return void 0;
  }
}

// ../core/src/checkpoint/directory-checkpoints.ts
var KEPT = 2;
var CHECKPOINT = /^checkpoint-(\d+)\.json$/;
var CALLS = /^calls-(\d+|start)\.jsonl$/;
var OWN_FILE = /^(?:checkpoint-\d+\.json(?:\.tmp)?|calls-(?:\d+|start)\.jsonl|history\.jsonl)$/;
function directoryCheckpoints(directory, options = {}) {
  return new DirectoryCheckpoints(directory, options.fs ?? nodeFileSystem);
}
var DirectoryCheckpoints = class {
  #directory;
  #fs;
  #history;
  #opened = false;
  /** Step of the checkpoint that calls and history belong to. */
  #step;
  #calls;
  #resumeMark;
  constructor(directory, fs) {
    this.#directory = directory;
    this.#fs = fs;
    this.#history = new JsonLines(fs, join(directory, "history.jsonl"));
    this.#calls = this.#callsAfter(void 0);
  }
  async load() {
    const damaged = [];
    for (const step of await this.#steps()) {
      const name = `checkpoint-${step}.json`;
      const read2 = await readCheckpoint(this.#fs, join(this.#directory, name));
      if (typeof read2 !== "string") {
        this.#open(step);
        const warnings = damaged.map((problem) => `${problem}; ${name} is used instead.`);
        return { checkpoint: read2, warnings };
      }
      damaged.push(`The checkpoint ${name} cannot be used: ${read2}`);
    }
    if (damaged.length > 0) {
      throw new HyperfuncError(
        "CHECKPOINT_MISMATCH",
        `No checkpoint in ${this.#directory} is intact. ${damaged.join(". ")}. Restore one from a copy, or start over with resume: "never".`,
        { details: { damaged } }
      );
    }
    this.#open(void 0);
    return { checkpoint: void 0, warnings: [] };
  }
  async save(checkpoint) {
    const { step } = checkpoint;
    this.#requireOpened();
    checkNextStep(step, this.#step);
    await this.#fs.mkdir(this.#directory, { recursive: true });
    await this.#remove((other) => other !== void 0 && other > (this.#step ?? -1));
    await writeCheckpoint(this.#fs, join(this.#directory, `checkpoint-${step}.json`), checkpoint);
    this.#step = step;
    this.#calls = this.#callsAfter(step);
    const oldest = (await this.#steps())[KEPT - 1] ?? 0;
    await this.#remove((other) => other === void 0 || other < oldest);
  }
  async appendCall({ key, response }) {
    this.#requireOpened();
    await this.#calls.append(strictJson({ key, response }, "call"));
  }
  async calls() {
    this.#requireOpened();
    return await this.#calls.read();
  }
  async appendHistory({ step, entry }) {
    this.#requireOpened();
    const line2 = strictJson({ step, entry }, "history");
    const mark = this.#resumeMark;
    this.#resumeMark = void 0;
    try {
      await this.#history.append(mark === void 0 ? line2 : `${JSON.stringify(mark)}
${line2}`);
    } catch (error) {
      this.#resumeMark ??= mark;
      throw error;
    }
  }
  async history() {
    this.#requireOpened();
    const lines = await this.#history.read();
    if (this.#resumeMark !== void 0) lines.push(this.#resumeMark);
    let records = [];
    for (const line2 of lines) {
      if ("step" in line2) records.push(line2);
      else records = records.filter(({ step }) => step <= (line2.resumedAfter ?? -1));
    }
    return records;
  }
  async clear() {
    const names = (await this.#names()).filter((name) => OWN_FILE.test(name)).sort();
    for (const name of names) await this.#fs.rm(join(this.#directory, name), { force: true });
    this.#open(void 0);
  }
  #open(step) {
    this.#opened = true;
    this.#step = step;
    this.#calls = this.#callsAfter(step);
    this.#resumeMark = { resumedAfter: step ?? null };
  }
  #requireOpened() {
    if (!this.#opened) throw notOpened();
  }
  #callsAfter(step) {
    return new JsonLines(this.#fs, join(this.#directory, `calls-${step ?? "start"}.jsonl`));
  }
  async #names() {
    try {
      return await this.#fs.readdir(this.#directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
  /** Steps with a checkpoint, newest first. */
  async #steps() {
    const steps = (await this.#names()).flatMap((name) => {
      const [, step] = CHECKPOINT.exec(name) ?? [];
      return step === void 0 ? [] : [Number(step)];
    });
    return steps.sort((a, b) => b - a);
  }
  /** Removes checkpoints and calls of certain steps; calls before the first checkpoint have step undefined. */
  async #remove(unwanted) {
    for (const name of await this.#names()) {
      const [, step] = CHECKPOINT.exec(name) ?? CALLS.exec(name) ?? [];
      if (step === void 0 || !unwanted(step === "start" ? void 0 : Number(step))) continue;
      await this.#fs.rm(join(this.#directory, name), { force: true });
    }
  }
};

// ../core/src/optimize/checkpointing.ts
var VERSION = 1;
var PROBE = "initial";
var Checkpointing = class _Checkpointing {
  #store;
  restored;
  history;
  /** Completed calls are recorded before they are used, and found again by a continued run. */
  journal;
  constructor(warn, store, restored, history = [], calls = []) {
    this.#store = store;
    this.restored = restored;
    this.history = history;
    const since = new ReplayJournal(calls, false, store && storedJournal(store, warn));
    this.journal = new ReplayJournal(restored?.probe ?? [], true, since);
  }
  /** @throws CHECKPOINT_MISMATCH when a checkpoint is required and there is none, or none is readable. */
  static async open(target, resume, warn) {
    const store = typeof target === "string" ? directoryCheckpoints(target) : target;
    if (store === void 0) return new _Checkpointing(warn);
    if (resume === "never") {
      await store.clear();
      return new _Checkpointing(warn, store);
    }
    const { checkpoint, warnings } = await store.load();
    warnings.forEach(warn);
    const calls = await store.calls();
    if (checkpoint === void 0 && resume === "require") {
      throw new HyperfuncError(
        "CHECKPOINT_MISMATCH",
        'There is no checkpoint to resume from; use resume: "auto" to start a run.'
      );
    }
    const restored = checkpoint?.data;
    const history = (await store.history()).map((record) => record.entry);
    return new _Checkpointing(warn, store, restored, history, calls);
  }
  /** Ends a step. What the checkpoint holds is made only when there is a store for it. */
  async save(step, entry, checkpoint) {
    this.history.push(entry);
    if (this.#store === void 0) return;
    await this.#store.appendHistory({ step, entry });
    await this.#store.save({ step, data: { version: VERSION, step, ...checkpoint() } });
  }
};
function storedJournal(store, warn) {
  let warned = false;
  return {
    take: () => void 0,
    record: async (key, { raw: _raw, ...response }) => {
      try {
        await store.appendCall({ key, response });
      } catch (error) {
        if (!isHyperfuncError(error, "INVALID_ARGUMENT")) throw error;
        if (!warned) warn(`A continued run would pay for some calls again: ${error.message}`);
        warned = true;
      }
    }
  };
}
function checkIdentity(checkpoint, identity) {
  if (checkpoint.version !== VERSION) {
    throw new HyperfuncError(
      "CHECKPOINT_MISMATCH",
      `The checkpoint has version ${checkpoint.version}, this package reads version ${VERSION}.`
    );
  }
  const differences = Object.entries(identity).flatMap(([key, now]) => {
    const then = Reflect.get(checkpoint.identity, key);
    const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
    return before === after ? [] : [`${key} was ${before}, is ${after}`];
  });
  if (differences.length === 0) return;
  throw new HyperfuncError(
    "CHECKPOINT_MISMATCH",
    `The checkpoint belongs to another run: ${differences.join("; ")}. Use another directory, or resume: "never" to start over.`
  );
}
function dataFingerprint(...lists) {
  const hash = createHash3("sha256");
  for (const list of lists) {
    hash.update(`#${list?.length ?? "none"}`);
    for (const { id, inputs, expected } of list ?? []) {
      hash.update(JSON.stringify([plain(id, []), plain(inputs, []), plain(expected, [])]));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
function plain(value, enclosing) {
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return typeof value === "string" ? value : typeof value;
  if (enclosing.includes(value)) return { circular: enclosing.length - enclosing.indexOf(value) };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return createHash3("sha256").update(bytes).digest("hex");
  }
  const inner = (part) => plain(part, [...enclosing, value]);
  const shape = Reflect.get(value, "shape");
  if (Array.isArray(shape) && "dtype" in value) return { shape: shape.map(inner), dtype: value.dtype };
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return [...value].map(inner);
  return Object.entries(value).map(([key, part]) => [key, inner(part)]);
}

// ../core/src/statistics/paired-difference.ts
function pairedDifference(a, b, level = 0.95) {
  if (a.length !== b.length) {
    throw invalidArgument(
      `A paired comparison needs lists of equal length, got ${a.length} and ${b.length}.`
    );
  }
  const differences = a.map((value, index) => value - (b[index] ?? NaN));
  const result2 = meanInterval(differences, level);
  const { standardError } = meanAndError(differences);
  if (standardError === void 0) return { ...result2, p: void 0 };
  if (standardError === 0) return { ...result2, p: result2.mean === 0 ? 1 : 0 };
  return { ...result2, p: studentTwoSidedP(result2.mean / standardError, differences.length - 1) };
}

// ../core/src/optimize/conclude.ts
async function conclude(request) {
  const { initial, aborted, warn } = request;
  const before = initial.validation;
  const nothing = {
    state: void 0,
    finalScore: void 0,
    validation: before === null ? void 0 : { initial: before, final: void 0, interval: void 0 }
  };
  if (aborted) {
    warn(
      "Aborted: the system keeps the parameters it had; a checkpoint, where one is configured, holds those of the last step."
    );
    return nothing;
  }
  try {
    return before === null ? await onTraining(request) : await onValidation(request, before);
  } catch (error) {
    if (!isHyperfuncError(error) || !error.infrastructure) throw error;
    warn(`The result could not be measured, so the system keeps the parameters it had: ${error.message}`);
    return nothing;
  }
}
async function onTraining({
  initial,
  candidates,
  measureTrain,
  warn
}) {
  const [state] = candidates.slice(-1);
  if (state === void 0) return { state, finalScore: initial.train, validation: void 0 };
  const { score, missing } = await measureTrain(state);
  if (score !== void 0 && score >= initial.train)
    return { state, finalScore: score, validation: void 0 };
  if (score === void 0)
    warn(
      `${missing} final runs are missing, so the result could not be measured; the system keeps the parameters it had.`
    );
  else
    warn(
      `The search ended at ${score}, below the initial ${initial.train}; the system keeps the parameters it had.`
    );
  return {
    state: void 0,
    finalScore: score === void 0 ? void 0 : initial.train,
    validation: void 0
  };
}
async function onValidation(request, before) {
  const { initial, candidates, measureTrain, measureValidation, warn } = request;
  let chosen;
  for (const state of candidates) {
    const measured = await measureValidation?.(state);
    if (measured?.score === void 0) continue;
    if (chosen === void 0 || measured.score >= chosen.score)
      chosen = { state, score: measured.score, measured };
  }
  if (chosen === void 0) {
    warn(
      "Validation runs are missing, so the result could not be measured; the system keeps the parameters it had."
    );
    return {
      state: void 0,
      finalScore: void 0,
      validation: { initial: before, final: void 0, interval: void 0 }
    };
  }
  if (chosen.score < before) {
    warn(
      `On validation the search ended at ${chosen.score}, below the initial ${before}; the system keeps the parameters it had.`
    );
    return {
      state: void 0,
      finalScore: initial.train,
      validation: { initial: before, final: before, interval: void 0 }
    };
  }
  const after = knownScores(chosen.measured);
  const first = initial.validationScores;
  const interval = after !== void 0 && first !== null && after.length > 1 ? pairedDifference(after, first).interval : void 0;
  const { score: finalScore } = await measureTrain(chosen.state);
  return { state: chosen.state, finalScore, validation: { initial: before, final: chosen.score, interval } };
}

// ../core/src/optimize/final-cost.ts
function finalCost({ training, total: total2, validated, bound }) {
  const room = { calls: 0, runs: 0, ...bound };
  const needed = (resource) => training[resource] + validated * (total2[resource] - training[resource]) + room[resource];
  return { calls: needed("calls"), runs: needed("runs"), tokens: needed("tokens"), usd: needed("usd") };
}

// ../core/src/optimize/options.ts
function checkOptimizeOptions(train, options) {
  checkExamples(train, "trainData");
  if (options.validation !== void 0) checkExamples(options.validation, "validation");
  const { signal, validateEvery, resume = "auto", checkpoint } = options;
  if (signal?.aborted === true) {
    throw new HyperfuncError("ABORTED", "The signal given to optimize is already aborted.", {
      infrastructure: true
    });
  }
  if (validateEvery !== void 0 && !(Number.isInteger(validateEvery) && validateEvery > 0)) {
    throw invalidArgument(`validateEvery must be a positive whole number of steps, got ${validateEvery}.`);
  }
  if (validateEvery !== void 0 && options.validation === void 0) {
    throw invalidArgument("validateEvery needs validation examples; give both or neither.");
  }
  if (!["auto", "require", "never"].includes(resume)) {
    throw invalidArgument(`resume must be "auto", "require" or "never", got ${JSON.stringify(resume)}.`);
  }
  if (resume === "require" && checkpoint === void 0) {
    throw invalidArgument(
      'resume: "require" needs a checkpoint to resume from; give a directory or a store.'
    );
  }
}

// ../core/src/optimize/problem-run.ts
var NOWHERE = {
  phase: 0,
  step: 0,
  restored: void 0,
  onStep: () => Promise.resolve()
};
var ProblemRun = class {
  leaves;
  layouts;
  prompts;
  train;
  validation;
  feedbackFn;
  hasPerExampleScores;
  seed;
  rng;
  signal;
  restored;
  state;
  /** Where the optimizer runs, so that its own calls of models are budgeted and journalled like the program's. */
  frame;
  mode;
  reasons = {};
  #missing = 0;
  #evaluations = 0;
  #step;
  #setting;
  #position;
  #keys;
  #startedAt;
  constructor(setting, position = NOWHERE) {
    const { registry, train, scoring, services, state, seed } = setting;
    this.#position = position;
    this.#setting = setting;
    this.#step = position.step;
    this.layouts = new Map([...registry.layouts].filter(([name]) => state.values.has(name)));
    this.leaves = [...this.layouts.values()].flatMap((layout) => layout.leaves);
    this.prompts = registry.trainablePrompts().filter(({ name }) => state.prompts.has(name));
    this.train = train;
    this.validation = setting.validation;
    this.feedbackFn = setting.feedbackFn;
    this.hasPerExampleScores = scoring.one !== void 0;
    this.seed = seed;
    this.rng = createRng(seed, "optimize", setting.optimizer);
    this.signal = setting.signal;
    this.restored = position.restored;
    this.state = state;
    this.frame = this.#openFrame();
    this.#keys = exampleKeys(train);
    this.#startedAt = services.clock.now();
  }
  async evaluate(population, { indices } = {}) {
    const { registry, scoring, services, signal, onError } = this.#setting;
    if (indices?.length === 0) throw invalidArgument("evaluate needs at least one of indices; got none.");
    const examples2 = indices === void 0 ? this.train : indices.map((index) => this.#example(index));
    const keys = indices === void 0 ? this.#keys : indices.map((index) => this.#keys[index] ?? index);
    const label = this.#label(this.#evaluations++);
    const evaluation = {
      host: registry,
      examples: examples2,
      keys,
      scoring,
      services: { ...services, label },
      signal,
      onError,
      keepOutputs: false,
      candidateOffset: 0
    };
    const { candidates, mode, reasons } = await evaluatePopulation(evaluation, population);
    this.mode = mode;
    this.reasons = reasons;
    this.#missing += candidates.filter((candidate) => candidate.score === void 0).length;
    return {
      scores: candidates.map((candidate) => candidate.score),
      perExample: candidates.map((candidate) => candidate.scores),
      mode,
      failures: candidates.flatMap((candidate) => candidate.failures)
    };
  }
  /** Names a part of the current step to the journal of paid calls; the same after a resume. */
  #label(part) {
    return `${this.#position.phase}:${this.#step}:${part}`;
  }
  #openFrame() {
    const { services, optimizer, signal } = this.#setting;
    const label = () => this.#label("optimizer");
    const own = {
      ...services,
      get label() {
        return label();
      }
    };
    return bareFrame(own, { path: `/${optimizer}`, exampleKey: "optimizer", signal });
  }
  #example(index) {
    const entry = this.train[index];
    if (entry !== void 0) return entry;
    throw invalidArgument(`There is no training example ${index}; there are ${this.train.length}.`);
  }
  async step(report) {
    const known = report.scores.filter((score) => score !== void 0);
    const average = known.length === 0 ? void 0 : mean(known);
    const entry = {
      optimizer: this.#setting.optimizer,
      step: report.step,
      best: known.length === 0 ? void 0 : known.reduce((high, score) => Math.max(high, score)),
      mean: average,
      std: average === void 0 ? void 0 : Math.sqrt(mean(known.map((score) => (score - average) ** 2))),
      missing: this.#missing,
      elapsedMs: this.#setting.services.clock.now() - this.#startedAt
    };
    this.#missing = 0;
    await this.#position.onStep(report, entry);
    this.#evaluations = 0;
    this.#step += 1;
    this.frame.restart();
  }
  stopReason() {
    if (this.signal?.aborted === true) return "aborted";
    return this.#setting.services.budget?.expired() === true ? "time" : void 0;
  }
  warn(message) {
    this.#setting.services.warn(message);
  }
};

// ../core/src/parameters/hp-state.ts
function toHpState(state, layouts) {
  const entries = [...layouts.keys()].map(
    (name) => [name, (state.values.get(name) ?? new Float64Array()).slice()]
  );
  return Object.fromEntries(entries);
}
function readHpState(input, layouts, who, complete) {
  const known = [...layouts.keys()].join(", ") || "none";
  for (const name of Object.keys(input)) {
    if (layouts.has(name)) continue;
    throw new HyperfuncError(
      "UNKNOWN_PATH",
      `${who} has values for "${name}"; the trainable hyperfunctions are: ${known}.`
    );
  }
  const values = /* @__PURE__ */ new Map();
  for (const [name, layout] of layouts) {
    const given = input[name];
    if (given !== void 0) values.set(name, readValues(given, layout, who));
    else if (complete) {
      throw new HyperfuncError("UNKNOWN_PATH", `${who} lacks values for "${name}"; it must have: ${known}.`);
    }
  }
  return values;
}
function readValues(given, layout, who) {
  if (given.length !== layout.size) {
    throw new HyperfuncError(
      "SHAPE_MISMATCH",
      `${who}: "${layout.name}" takes ${layout.size} numbers (${layout.leaves.map((leaf) => leaf.path).join(", ")}), got ${given.length}.`
    );
  }
  const values = emptyValues(layout);
  values.set(given);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `${who}: "${layout.name}"[${bad}] is ${String(given[bad])}, not a finite number.`
    );
  }
  for (const leaf of layout.leaves) checkRange(leaf, values);
  return values;
}
function populationOf(candidates, layouts, base) {
  if ("leaves" in candidates) {
    checkLeaves(candidates, layouts);
    return { ...candidates, base };
  }
  const states = candidates.map(
    (candidate, index) => readHpState(candidate, layouts, `candidates[${index}]`, true)
  );
  const leaves = /* @__PURE__ */ new Map();
  for (const layout of layouts.values()) {
    for (const leaf of layout.leaves) {
      const values = layout.precision === "float32" ? new Float32Array(leaf.size * states.length) : new Float64Array(leaf.size * states.length);
      states.forEach((state, index) => {
        const own = state.get(layout.name);
        if (own !== void 0)
          values.set(own.subarray(leaf.offset, leaf.offset + leaf.size), index * leaf.size);
      });
      leaves.set(leaf.path, { kind: "dense", values });
    }
  }
  return { size: states.length, base, leaves };
}
function checkLeaves({ leaves, size }, layouts) {
  const known = new Map(
    [...layouts.values()].flatMap((layout) => layout.leaves.map((leaf) => [leaf.path, leaf]))
  );
  for (const [path, batch] of leaves) {
    const leaf = known.get(path);
    if (leaf === void 0) {
      throw new HyperfuncError(
        "UNKNOWN_PATH",
        `The population has values at "${path}"; there are: ${[...known.keys()].join(", ")}.`
      );
    }
    const { field } = leaf;
    const [out = 1, columns = 1] = field.kind === "tensor" ? field.shape : [];
    const fits = batch.kind === "dense" ? batch.values.length === size * leaf.size : batch.base.length === leaf.size && batch.a.length === size * out * batch.rank && batch.b.length === size * columns * batch.rank;
    if (!fits) {
      throw new HyperfuncError(
        "SHAPE_MISMATCH",
        `The population's values at "${path}" do not fit ${size} candidates.`
      );
    }
  }
}

// ../core/src/optimize/progress.ts
var ProgressReporter = class {
  constructor(options, services, layouts) {
    this.options = options;
    this.services = services;
    this.layouts = layouts;
    this.#lastRuns = services.budget?.spent.runs ?? 0;
    this.#lastAt = services.clock.now();
  }
  options;
  services;
  layouts;
  #bestSoFar;
  #lastRuns;
  #lastAt;
  async report(entry, report) {
    const { onProgress, verbose } = this.options;
    const { budget, clock, usage } = this.services;
    if (entry.best !== void 0) this.#bestSoFar = Math.max(this.#bestSoFar ?? -Infinity, entry.best);
    const runs = budget?.spent.runs ?? 0;
    const now = clock.now();
    const runsPerSecond = (runs - this.#lastRuns) * 1e3 / Math.max(now - this.#lastAt, 1e-3);
    this.#lastRuns = runs;
    await onProgress?.({
      ...entry,
      steps: report.steps,
      bestSoFar: this.#bestSoFar,
      runsPerSecond,
      usage: usage.totals,
      hpState: () => toHpState(report.state, this.layouts)
    });
    this.#lastAt = clock.now();
    if (verbose === true) process.stderr.write(`${line(entry, report.steps, runsPerSecond)}
`);
  }
};
function line(entry, steps, runsPerSecond) {
  const number = (value) => value?.toPrecision(5) ?? "-";
  return [
    `${entry.optimizer} ${entry.step}${steps === void 0 ? "" : `/${steps}`}`,
    `mean ${number(entry.mean)}`,
    `best ${number(entry.best)}`,
    ...entry.validation === void 0 ? [] : [`validation ${number(entry.validation)}`],
    ...entry.missing === 0 ? [] : [`${entry.missing} missing`],
    `${Math.round(runsPerSecond)} runs/s`
  ].join("  ");
}

// ../core/src/optimize/search.ts
async function search(request) {
  const { optimizers, checkpoints, registry, options, services } = request;
  const { restored, history } = checkpoints;
  const progress = new ProgressReporter(options, services, registry.layouts);
  let step = restored?.step ?? 0;
  let state = restored === void 0 ? request.initialState : registry.readState(restored.state);
  let best = restored?.best ? { ...restored.best, state: registry.readState(restored.best.state) } : void 0;
  let account = {
    stopReason: "finished",
    proposals: { accepted: 0, rejected: 0, failed: 0 }
  };
  let problem;
  const look = async (report, entry) => {
    const every2 = options.validateEvery;
    if (request.measureValidation === void 0 || every2 === void 0 || report.step % every2 !== 0)
      return entry;
    const { score } = await request.measureValidation(report.state, `validation:${step}`);
    if (score === void 0) return entry;
    if (best === void 0 || score > best.score) best = { score, state: report.state };
    return { ...entry, validation: score };
  };
  const known = registry.hyperfunctions;
  const saved = (parameters) => registry.saveState(parameters, known);
  const save = (phase, report, entry) => checkpoints.save(step, entry, () => ({
    identity: request.identify(),
    phase,
    optimizerState: report.optimizerState,
    state: saved(report.state),
    best: best === void 0 ? null : { score: best.score, state: saved(best.state) },
    initialState: saved(request.initialState),
    initial: request.initial,
    budget: request.budget.toJson(),
    usage: services.usage.totals,
    probe: request.probe
  }));
  for (const [phase, optimizer] of optimizers.entries()) {
    if (phase < (restored?.phase ?? 0)) continue;
    problem = new ProblemRun(request.setting(optimizer.name, state), {
      phase,
      step,
      restored: phase === restored?.phase ? restored.optimizerState : void 0,
      onStep: async (report, entry) => {
        state = report.state;
        step += 1;
        const looked = await look(report, entry);
        await save(phase, report, looked);
        await progress.report(looked, report);
      }
    });
    account = total(account, await runOptimizer(optimizer, problem, options.signal));
    if (account.stopReason === "aborted" || account.stopReason === "budget" || account.stopReason === "time")
      break;
  }
  return { state, best, account, history, mode: problem?.mode, reasons: problem?.reasons ?? {} };
}
async function runOptimizer(optimizer, problem, signal) {
  const proposals = { accepted: 0, rejected: 0, failed: 0 };
  try {
    return await runInFrame(problem.frame, () => optimizer.optimize(problem));
  } catch (error) {
    if (isHyperfuncError(error, "BUDGET_EXHAUSTED")) {
      return { stopReason: error.details["limit"] === "maxMs" ? "time" : "budget", proposals };
    }
    if (signal?.aborted === true) return { stopReason: "aborted", proposals };
    throw error;
  }
}
function total(before, after) {
  const [a, b] = [before.proposals, after.proposals];
  return {
    stopReason: after.stopReason,
    proposals: {
      accepted: a.accepted + b.accepted,
      rejected: a.rejected + b.rejected,
      failed: a.failed + b.failed
    }
  };
}

// ../core/src/optimize/optimize.ts
async function optimize(request) {
  const { optimizers, options, registry } = request;
  checkOptimizeOptions(request.train, options);
  const scoring = toScoring(request.metric);
  const budget = new Budget(options.budget ?? {}, { clock: request.services.clock });
  if (optimizers.length === 0) {
    throw new HyperfuncError(
      "INVALID_STATE",
      `System "${registry.name}" has no optimizer; give systemOptimizer, promptOptimizer or optimizer to its constructor.`
    );
  }
  const optimization = new Optimization(request, scoring, budget);
  return options.dryRun === true ? optimization.dryRun() : optimization.run();
}
var Optimization = class {
  constructor(request, scoring, budget) {
    this.request = request;
    this.scoring = scoring;
    const { registry, train, options, optimizers, services } = request;
    this.#registry = registry;
    this.#optimizers = optimizers;
    this.#options = options;
    this.#train = [...train];
    this.#validation = options.validation === void 0 ? void 0 : [...options.validation];
    this.#budget = budget;
    this.#seed = options.seed ?? registry.seed;
    this.#services = {
      ...services,
      label: PROBE,
      budget,
      usage: this.#usage,
      warn: (message) => void this.#warnings.push(message)
    };
  }
  request;
  scoring;
  #registry;
  #optimizers;
  #options;
  #train;
  #validation;
  #warnings = [];
  #usage = new UsageMeter();
  #seed;
  #knownIdentity;
  #services;
  #budget;
  async run() {
    await tensorEngine()?.ready();
    const { checkpoint, resume = "auto" } = this.#options;
    const checkpoints = await Checkpointing.open(checkpoint, resume, this.#services.warn);
    const { restored } = checkpoints;
    if (restored !== void 0) checkIdentity(restored, this.#identity);
    const probing = new ProbeJournal(checkpoints.journal);
    const [first] = this.#train;
    if (first !== void 0) requireRun(await this.request.probe(first, { ...this.#services, journal: probing }));
    this.#services = { ...this.#services, journal: probing.after() };
    const problem = new ProblemRun(this.#setting(this.#registry.state, ""));
    for (const optimizer of this.#optimizers) {
      optimizer.check?.(problem);
    }
    const program = programFingerprint(this.#registry.hyperfunctions);
    if (restored !== void 0) this.#restore(restored, program);
    const initialState = restored === void 0 ? this.#registry.state : this.#registry.readState(restored.initialState);
    const initial = restored?.initial ?? await this.#measureInitial(initialState);
    const reserve = this.#reserveFinal(initial);
    const known = new Set(this.#registry.hyperfunctions);
    const searched = await search({
      optimizers: this.#optimizers,
      setting: (optimizer, state) => this.#setting(state, optimizer),
      options: this.#options,
      services: this.#services,
      budget: this.#budget,
      registry: this.#registry,
      checkpoints,
      identify: () => ({ ...this.#identity, program }),
      probe: probing.records,
      initial,
      initialState,
      measureValidation: this.#validation && ((state, label) => this.#measure(this.#validation ?? [], state, label, this.#budget))
    });
    reserve.release();
    this.#warnOfLate(known);
    return this.#conclude(initial, initialState, searched);
  }
  /** What tells this run from others before the program has been seen. */
  get #identity() {
    return this.#knownIdentity ??= {
      data: dataFingerprint(this.#train, this.#validation),
      optimizers: this.#optimizers.map((optimizer) => optimizer.name),
      seed: this.#seed,
      systemSeed: this.#registry.seed,
      engine: tensorEngine()?.signature() ?? "none"
    };
  }
  /** Continues the interrupted run's ledger, together with what this one's probe had to pay. */
  #restore(restored, program) {
    checkIdentity(restored, { program });
    const { calls, tokens, usd } = this.#budget.spent;
    const { spent } = restored.budget;
    const together = {
      runs: spent.runs,
      calls: spent.calls + calls,
      tokens: spent.tokens + tokens,
      usd: spent.usd + usd
    };
    this.#budget = Budget.fromJson(
      { ...restored.budget, spent: together },
      { limits: this.#options.budget ?? {}, clock: this.#services.clock }
    );
    this.#usage.add(restored.usage);
    this.#services = { ...this.#services, budget: this.#budget };
  }
  #warnOfLate(known) {
    const late = this.#registry.hyperfunctions.filter((each) => !known.has(each) && isTrainable(each));
    for (const { name } of late) {
      this.#services.warn(
        `"${name}" was first called during the search, so its parameters were not searched; list it in the system's hyperfunctions, or discover it with an example that reaches it.`
      );
    }
  }
  #setting(state, optimizer) {
    return {
      registry: this.#registry,
      optimizer,
      train: this.#train,
      validation: this.#validation,
      scoring: this.scoring,
      services: this.#services,
      signal: this.#options.signal,
      onError: this.#options.onError,
      feedbackFn: this.#options.feedbackFn,
      state,
      seed: this.#seed
    };
  }
  async #measureInitial(state) {
    const measured = await this.#measure(this.#train, state, PROBE, this.#budget);
    const train = requireScore(measured, this.#train.length);
    const training = this.#budget.spent;
    const held = this.#validation && await this.#measure(this.#validation, state, "initial-validation", this.#budget);
    const cost = finalCost({
      training,
      total: this.#budget.spent,
      // With looks at validation, the best parameters and the last ones are both measured on it.
      validated: this.#options.validateEvery === void 0 ? 1 : 2,
      bound: this.#usage.largestBound
    });
    if (held === void 0) return { train, validation: null, validationScores: null, cost };
    const validation = requireScore(held, this.#validation?.length ?? 0);
    return { train, validation, validationScores: knownScores(held) ?? null, cost };
  }
  #measure(examples2, state, label, budget) {
    return measure({
      host: this.#registry,
      state,
      examples: examples2,
      scoring: this.scoring,
      services: { ...this.#services, budget, label },
      signal: this.#options.signal,
      onError: this.#options.onError,
      keepOutputs: false
    });
  }
  /** Sets aside what the final measurement will need, before the search can spend it. */
  #reserveFinal({ cost }) {
    try {
      return this.#budget.reserve(cost);
    } catch (error) {
      if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) throw error;
      throw new HyperfuncError(
        "BUDGET_EXHAUSTED",
        `The budget allows the first measurement (${cost.runs} runs, ${cost.calls} calls) but not the final one too; allow more than twice as much. ${error.message}`,
        { details: error.details, cause: error }
      );
    }
  }
  async #conclude(initial, initialState, { state, best, account, history, mode, reasons }) {
    const limits = { ...this.#budget.limits, maxMs: void 0 };
    const ending = Budget.fromJson(this.#budget.toJson(), { limits, clock: this.#services.clock });
    const validation = this.#validation;
    const conclusion = await conclude({
      initial,
      aborted: account.stopReason === "aborted",
      candidates: best === void 0 || best.state === state ? [state] : [best.state, state],
      measureTrain: (candidate) => this.#measure(this.#train, candidate, "final", ending),
      measureValidation: validation && ((candidate) => this.#measure(validation, candidate, "final-validation", ending)),
      warn: this.#services.warn
    });
    this.#registry.state = withEntries(this.#registry.state, conclusion.state ?? initialState);
    return {
      initialScore: initial.train,
      finalScore: conclusion.finalScore,
      ...conclusion.validation === void 0 ? {} : { validation: conclusion.validation },
      accepted: conclusion.state !== void 0,
      history,
      mode,
      reasons,
      ...account,
      usage: { ...this.#usage.totals, runs: ending.spent.runs, elapsedMs: ending.elapsedMs },
      warnings: this.#warnings
    };
  }
  dryRun() {
    const problem = new ProblemRun(this.#setting(this.#registry.state, ""));
    const measurements = 2 * (this.#train.length + (this.#validation?.length ?? 0));
    const runs = this.#optimizers.reduce(
      (sum2, optimizer) => sum2 + (optimizer.estimate?.(problem).runs ?? 0),
      measurements
    );
    return {
      initialScore: void 0,
      finalScore: void 0,
      accepted: false,
      history: [],
      mode: void 0,
      reasons: {},
      stopReason: "dry-run",
      usage: { ...this.#usage.totals, runs: 0, elapsedMs: 0 },
      proposals: { accepted: 0, rejected: 0, failed: 0 },
      warnings: this.#warnings,
      estimate: { runs }
    };
  }
};
function requireRun(cell) {
  if (cell.kind === "missing") throw cell.error;
}

// ../core/src/plugins/plugin.ts
var InstalledPlugins = class {
  observers = [];
  middleware = [];
  optimizers = [];
  #disposers = [];
  constructor(plugins) {
    const names = plugins.map((plugin) => plugin.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== void 0) throw invalidArgument(`Plugin "${twice}" is given twice; list it once.`);
    for (const plugin of plugins) {
      const dispose3 = plugin.setup({
        observe: (observer) => void this.observers.push(observer),
        use: (middleware) => void this.middleware.push(middleware),
        provideOptimizer: (optimizer) => void this.optimizers.push(optimizer)
      });
      if (dispose3 !== void 0) this.#disposers.unshift(dispose3);
    }
  }
  /** Undoes the plugins, last first. */
  dispose() {
    for (const dispose3 of this.#disposers.splice(0)) dispose3();
    this.observers.length = this.middleware.length = this.optimizers.length = 0;
  }
};

// ../core/src/tracing/trace-recorder.ts
import { types as types3 } from "node:util";

// ../core/src/tracing/walk-values.ts
import { types } from "node:util";
var MAX_DEPTH = 8;
var MAX_VISITS = 2e3;
function walkValues(root, visitor) {
  const seen = /* @__PURE__ */ new Set();
  let visits = 0;
  const visit = (value, depth, accounted) => {
    if (value === void 0) return;
    visits++;
    if (typeof value === "string") return visitor.string(value, accounted);
    if (typeof value !== "object" && typeof value !== "function" || value === null) {
      return visitor.opaque(accounted);
    }
    if (seen.has(value)) return;
    seen.add(value);
    const known = visitor.object(value);
    const parts = depth < MAX_DEPTH ? partsOf(value) : void 0;
    const nothingToSee = parts === void 0 || parts.length === 0 && depth > 0;
    if (nothingToSee && !known) visitor.opaque(false);
    for (const part of parts ?? []) {
      if (visits >= MAX_VISITS) return visitor.opaque(known);
      visit(part, depth + 1, known);
    }
  };
  visit(root, 0, false);
}
function partsOf(value) {
  try {
    if (Array.isArray(value)) return value;
    if (types.isMap(value)) return [...value.keys(), ...value.values()];
    if (types.isSet(value)) return [...value];
    if (!isPlain(value)) return void 0;
    return Object.keys(value).map((key) => Object.getOwnPropertyDescriptor(value, key)?.value);
  } catch {
    return void 0;
  }
}
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

// ../core/src/tracing/provenance.ts
var SHORTEST_TEXT = 8;
var MAX_TEXTS = 2e3;
var Provenance = class {
  #objects = /* @__PURE__ */ new Map();
  #texts = /* @__PURE__ */ new Map();
  /** Notes everything in an output. `superseded` tells the calls whose values this one hands on. */
  record(output, producer, superseded) {
    const handOn = (producers = []) => [
      ...producers.filter((earlier) => !superseded(earlier)),
      producer
    ];
    walkValues(output, {
      object: (value) => {
        this.#objects.set(value, handOn(this.#objects.get(value)));
        return true;
      },
      string: (value) => {
        const text = value.trim();
        if (text.length < SHORTEST_TEXT) return;
        const known = this.#texts.get(text);
        if (known !== void 0 || this.#texts.size < MAX_TEXTS) this.#texts.set(text, handOn(known));
      },
      opaque: () => void 0
    });
  }
  /** Where the parts of an input come from. `given` knows what the run or the enclosing call was started with. */
  originsOf(input, given) {
    const objects = /* @__PURE__ */ new Set();
    const texts = /* @__PURE__ */ new Set();
    let unknown = false;
    walkValues(input, {
      object: (value) => {
        const producers = this.#objects.get(value);
        producers?.forEach((producer) => objects.add(producer));
        return producers !== void 0 || given(value);
      },
      string: (value, accounted) => {
        const found = this.#textsIn(value);
        for (const text of found) this.#texts.get(text)?.forEach((producer) => texts.add(producer));
        unknown ||= found.length === 0 && !accounted && !(value.length >= SHORTEST_TEXT && given(value));
      },
      opaque: (accounted) => {
        unknown ||= !accounted;
      }
    });
    return { objects, texts, unknown };
  }
  /** Output texts inside `value`; one that is part of a longer one found is explained by that. */
  #textsIn(value) {
    const found = [];
    for (const text of this.#texts.keys()) if (value.includes(text)) found.push(text);
    if (found.length < 2) return found;
    found.sort((a, b) => b.length - a.length);
    return found.filter((text, index) => !found.slice(0, index).some((longer) => longer.includes(text)));
  }
};
function partsOfInput(input) {
  const parts = /* @__PURE__ */ new Set();
  walkValues(input, {
    object: (value) => {
      parts.add(value);
      return true;
    },
    string: (value) => {
      parts.add(value);
    },
    opaque: () => void 0
  });
  return parts;
}

// ../core/src/tracing/trace-json.ts
import { types as types2 } from "node:util";

// ../core/src/errors/without-secrets.ts
var REDACTED = "[redacted]";
var SECRETS = [
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\b(?:sk|pk|rk|gsk|xai|ghp|hf)[-_][\w-]{16,}|\bAIza[\w-]{20,}/gi,
  /(?<=\b(?:api[-_ ]?key|authorization)\b[^\n:=]{0,24}[:=]\s*["']?)(?!Bearer\b)[^\s"',;}]{8,}/gi,
  /(?<=:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/g
];
function withoutSecrets(text) {
  return SECRETS.reduce((safe, secret) => safe.replace(secret, REDACTED), text);
}

// ../core/src/tracing/trace-json.ts
var MAX_DEPTH2 = 8;
var MAX_ITEMS = 100;
var MAX_NUMBERS = 8;
var MAX_CHARACTERS = 4e3;
var SECRET_KEY = /api[-_]?key|authorization|token$|secret|password/i;
var REDACTED2 = "[redacted]";
function traceJson(trace) {
  return { version: 1, nodes: trace.nodes.map(nodeJson), edges: trace.edges.map((edge) => ({ ...edge })) };
}
function nodeJson(node) {
  const { id, name, kind, startedAt, state, parent, endedAt, input, output, error } = node;
  return {
    id,
    name,
    kind,
    state,
    startedAt,
    ...endedAt === void 0 ? {} : { endedAt },
    ...parent === void 0 ? {} : { parent },
    ...input === void 0 ? {} : { input: toSafeJson(input) },
    ...output === void 0 ? {} : { output: toSafeJson(output) },
    ...state === "failed" ? { error: errorJson(error) } : {}
  };
}
function errorJson(error) {
  if (!types2.isNativeError(error))
    return { name: "Error", message: safeText(typeof error === "string" ? error : typeof error) };
  const { name, message } = error;
  return { name, message: safeText(message), ...isHyperfuncError(error) ? { code: error.code } : {} };
}
function toSafeJson(value) {
  return convert(value, 0, []);
}
function convert(value, depth, enclosing) {
  switch (typeof value) {
    case "string":
      return safeText(value);
    case "number":
      return Number.isFinite(value) ? value + 0 : String(value);
    // -0 is 0 in JSON
    case "boolean":
      return value;
    case "bigint":
      return String(value);
    case "function":
      return `[function ${value.name}]`;
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (enclosing.includes(value)) return "[circular]";
  if (depth >= MAX_DEPTH2) return "[too deep]";
  try {
    return convertObject(value, (part) => convert(part, depth + 1, [...enclosing, value]));
  } catch {
    return "[unreadable]";
  }
}
function convertObject(value, inner) {
  if (ArrayBuffer.isView(value)) return typedArray(value);
  if (Array.isArray(value)) return shortened(value, inner);
  if (types2.isSet(value)) return shortened([...value], inner);
  if (types2.isMap(value)) return shortened(pairs(value), (pair) => pair.map(inner));
  if (types2.isDate(value)) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (types2.isNativeError(value)) return { error: value.name, message: safeText(value.message) };
  const tensor5 = tensorJson(value);
  if (tensor5 !== void 0) return tensor5;
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
    ([, own]) => own.enumerable === true
  );
  const shown = entries.slice(0, MAX_ITEMS).flatMap(([key, own]) => {
    if (own.get !== void 0) return [[key, "[getter]"]];
    if (own.value === void 0 || typeof own.value === "function") return [];
    return [[key, inner(keyed(key, own.value))]];
  });
  const left = entries.length - MAX_ITEMS;
  const type = isPlain(value) ? [] : [["[class]", value.constructor.name]];
  return Object.fromEntries([...type, ...shown, ...left > 0 ? [["[more]", left]] : []]);
}
function keyed(key, value) {
  return typeof key === "string" && SECRET_KEY.test(key) && value !== null && value !== void 0 ? REDACTED2 : value;
}
function pairs(map) {
  return [...map].map(([key, value]) => [key, keyed(key, value)]);
}
function shortened(list, inner) {
  const shown = list.slice(0, MAX_ITEMS).map(inner);
  return list.length > MAX_ITEMS ? [...shown, `[${list.length - MAX_ITEMS} more]`] : shown;
}
function typedArray(value) {
  const type = value.constructor.name;
  if (value instanceof DataView || !("length" in value)) return { [type]: value.byteLength };
  const values = [...value];
  return {
    [type]: values.length,
    values: values.slice(0, MAX_NUMBERS).map((number) => convert(number, 0, []))
  };
}
function tensorJson(value) {
  if (!("shape" in value && "dtype" in value)) return void 0;
  const { shape, dtype } = value;
  return Array.isArray(shape) && typeof dtype === "string" ? { tensor: dtype, shape: [...shape] } : void 0;
}
function safeText(text) {
  const safe = withoutSecrets(text);
  return safe.length > MAX_CHARACTERS ? `${safe.slice(0, MAX_CHARACTERS)}\u2026 (${safe.length} characters)` : safe;
}

// ../core/src/tracing/trace-mermaid.ts
var ARROW = { identity: "-->", text: "-- text -->", order: "-.->" };
var SHAPE = {
  hyperfunction: ["[", "]"],
  model: ["([", "])"],
  tool: ["[[", "]]"]
};
function traceMermaid({ nodes, edges: edges2 }) {
  const children = /* @__PURE__ */ new Map();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings === void 0) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  const draw2 = (node, indent) => {
    const inside2 = children.get(node.id) ?? [];
    const label = `"${escapeLabel(node.name)}"`;
    if (inside2.length > 0) {
      const content = inside2.flatMap((child) => draw2(child, `${indent}  `));
      return [`${indent}subgraph n${node.id}[${label}]`, ...content, `${indent}end`];
    }
    const [open2, close2] = SHAPE[node.kind];
    return [`${indent}n${node.id}${open2}${label}${close2}`];
  };
  const failed = nodes.filter((node) => node.state === "failed").map((node) => `n${node.id}`);
  return [
    "flowchart LR",
    ...(children.get(void 0) ?? []).flatMap((node) => draw2(node, "  ")),
    ...edges2.map(({ from, to, kind }) => `  n${from} ${ARROW[kind]} n${to}`),
    ...failed.length === 0 ? [] : ["  classDef failed stroke:#c00,stroke-width:2px", `  class ${failed.join(",")} failed`],
    ""
  ].join("\n");
}
function escapeLabel(text) {
  return text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;").replaceAll("`", "#96;").replace(/\s+/g, " ");
}

// ../core/src/tracing/trace.ts
var Trace = class {
  /** In order of beginning. */
  nodes;
  edges;
  constructor(nodes, edges2) {
    this.nodes = nodes;
    this.edges = edges2;
  }
  /**
   * Calls with the same parent (default: those made by the run itself) in groups that could run at the same time: a call
   * comes one stage after the last of those it depends on.
   *
   * @throws INVALID_ARGUMENT for a parent that is not in the trace.
   */
  stages(parent) {
    if (parent !== void 0 && this.nodes[parent] === void 0) {
      throw invalidArgument(`The trace has no node ${parent}; it has ${this.nodes.length}, counted from 0.`, {
        parent
      });
    }
    const sources = /* @__PURE__ */ new Map();
    for (const { from, to } of this.edges) {
      const known = sources.get(to);
      if (known === void 0) sources.set(to, [from]);
      else known.push(from);
    }
    const stageOf = /* @__PURE__ */ new Map();
    const stages = [];
    for (const node of this.nodes) {
      if (node.parent !== parent) continue;
      let stage = 0;
      for (const from of sources.get(node.id) ?? []) stage = Math.max(stage, (stageOf.get(from) ?? -1) + 1);
      stageOf.set(node.id, stage);
      (stages[stage] ??= []).push(node);
    }
    return stages;
  }
  /** A JSON value for files and viewers: values are shortened, tensors are told by shape, secrets are blacked out. */
  toJson() {
    return traceJson(this);
  }
  /** A Mermaid flowchart; nested calls are inside their parent's box. */
  toMermaid() {
    return traceMermaid(this);
  }
};

// ../core/src/tracing/trace-recorder.ts
var TraceRecorder = class {
  #clock;
  #given;
  #entries = [];
  #overlapping = [];
  #frontiers = /* @__PURE__ */ new Map();
  #provenance = new Provenance();
  #moment = 0;
  constructor(options = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#given = partsOfInput(options.input);
  }
  /** A call begins. Returns its id. */
  start({ name, kind = "hyperfunction", input, parent }) {
    const id = this.#entries.length;
    const node = {
      id,
      name,
      kind,
      parent,
      input,
      output: void 0,
      error: void 0,
      startedAt: this.#clock.now(),
      endedAt: void 0,
      state: "running"
    };
    this.#entries.push({ node, began: this.#moment++, ended: Infinity, before: /* @__PURE__ */ new Map(), given: void 0 });
    const origins = this.#provenance.originsOf(input, this.#givenTo(parent));
    for (const producer of origins.objects) this.#connect(producer, id, "identity");
    for (const producer of origins.texts) this.#connect(producer, id, "text");
    if (origins.unknown) for (const sibling of this.#frontier(parent)) this.#connect(sibling, id, "order");
    return id;
  }
  /** A call returned. Only the first ending of a call counts. */
  finish(id, output) {
    const entry = this.#end(id, "finished");
    if (entry === void 0) return;
    entry.node.output = output;
    this.#record(entry, output);
  }
  /** A call threw. What it threw, and its message, can be traced into later calls like an output. */
  fail(id, error) {
    const entry = this.#end(id, "failed");
    if (entry === void 0) return;
    entry.node.error = error;
    this.#record(entry, types3.isNativeError(error) ? [error, error.message] : error);
  }
  /** The calls so far, as a graph that no longer changes. */
  trace() {
    const nodes = this.#entries.map((entry) => ({ ...entry.node }));
    const edges2 = this.#entries.flatMap(
      ({ node, before }) => [...before].map(([from, kind]) => ({ from, to: node.id, kind }))
    );
    return new Trace(nodes, [...edges2, ...this.#overlapping]);
  }
  #end(id, state) {
    const entry = this.#entries[id];
    if (entry === void 0 || entry.ended !== Infinity) return void 0;
    entry.ended = this.#moment++;
    entry.node.endedAt = this.#clock.now();
    entry.node.state = state;
    const frontier = this.#frontier(entry.node.parent);
    for (const sibling of entry.before.keys()) frontier.delete(sibling);
    frontier.add(id);
    return entry;
  }
  #record(entry, output) {
    const { id } = entry.node;
    const handsOn = (earlier) => earlier === id || entry.before.has(earlier);
    this.#provenance.record(output, id, (earlier) => this.#path(earlier).some(handsOn));
  }
  #frontier(parent) {
    const known = this.#frontiers.get(parent);
    if (known !== void 0) return known;
    const frontier = /* @__PURE__ */ new Set();
    this.#frontiers.set(parent, frontier);
    return frontier;
  }
  /** Notes that `to` took something from `from`, as an edge between the siblings that enclose them. */
  #connect(from, to, kind) {
    const fromPath = this.#path(from);
    const toPath = this.#path(to);
    const level = fromPath.findIndex((id, depth) => toPath[depth] !== id);
    if (level < 0) return;
    const earlier = this.#entries[fromPath[level] ?? from];
    const later = this.#entries[toPath[level] ?? to];
    if (earlier === void 0 || later === void 0) return;
    if (earlier.ended < later.began) {
      if (!later.before.has(earlier.node.id)) later.before.set(earlier.node.id, kind);
    } else {
      this.#overlapping.push({ from, to, kind });
    }
  }
  /** Ids from the outermost enclosing call to the call itself. */
  #path(id) {
    const path = [];
    for (let at = id; at !== void 0; at = this.#entries[at]?.node.parent)
      path.unshift(at);
    return path;
  }
  /** Tells whether a value was given to the run, or to one of the calls that enclose a call made by `parent`. */
  #givenTo(parent) {
    const sets = [this.#given];
    for (let at = parent; at !== void 0; ) {
      const entry = this.#entries[at];
      if (entry === void 0) break;
      sets.push(entry.given ??= partsOfInput(entry.node.input));
      at = entry.node.parent;
    }
    return (value) => sets.some((set) => set.has(value));
  }
};

// ../core/src/system/agent.ts
var AgentType = { FLOW: "flow", CHAT: "chat", GAME: "game" };
var FlowResponse = class {
  constructor(output, metadata = {}) {
    this.output = output;
    this.metadata = metadata;
  }
  output;
  metadata;
};

// ../core/src/system/direct-run.ts
async function runDirectly(request) {
  const { registry, services, recorder, input, body } = request;
  const outer = currentFrame();
  const path = outer && `${outer.path}/${registry.name}#${outer.nextOccurrence(registry.name)}`;
  const { state } = registry;
  const engine2 = tensorEngine();
  await engine2?.ready();
  const scope = engine2?.openScope(outer?.scope);
  const run = {
    program: registry,
    services: outer === void 0 ? services : nestedServices(outer.run.services, services),
    source: registry.parametersOf(state, scope),
    candidate: outer?.run.candidate ?? 0,
    exampleKey: outer?.run.exampleKey ?? 0,
    recorder: recorder ?? outer?.run.recorder,
    tensorScope: scope,
    join: void 0,
    callCounts: /* @__PURE__ */ new Map(),
    batched: outer?.run.batched ?? false
  };
  const place = path === void 0 ? {} : { path };
  const frame = new Frame(run, outer, void 0, outer?.signal, outer?.node, scope, place);
  let output;
  try {
    const { name } = registry;
    output = await startRun({ name, frame, inputs: input, members: 1, body: () => body(input) });
    return output;
  } finally {
    scope?.close(output);
  }
}
function nestedServices(outer, own) {
  return { ...outer, seed: own.seed, observers: [.../* @__PURE__ */ new Set([...outer.observers, ...own.observers])] };
}

// ../core/src/system/probe.ts
async function probe(registry, example2, services, signal) {
  throwIfAborted(signal);
  const engine2 = tensorEngine();
  await engine2?.ready();
  const scope = engine2?.openScope(void 0);
  const evaluation = {
    host: registry,
    examples: [example2],
    keys: exampleKeys([example2]),
    scoring: toScoring(() => 0),
    services,
    signal,
    onError: void 0,
    keepOutputs: false,
    candidateOffset: 0
  };
  const source = registry.parametersOf(registry.state, scope);
  const run = runCell(evaluation, { candidate: 0, example: 0, source, scope }).finally(() => scope?.close());
  const cell = await settleOnAbort(run, signal);
  if (cell.kind === "output") registry.probed();
  return cell;
}
async function probed(registry, examples2, services, signal) {
  const [first] = examples2;
  if (registry.complete || first === void 0) return services;
  const journal = new ProbeJournal();
  await probe(registry, first, { ...services, journal }, signal);
  return { ...services, journal: journal.after() };
}

// ../core/src/system/measurement.ts
async function measureSystem(request, keepOutputs, state) {
  const { registry, examples: examples2, options } = request;
  checkExamples(examples2, "examples");
  checkPopulationOptions(options);
  const scoring = toScoring(request.metric);
  const start2 = request.services.clock.now();
  const services = await probed(registry, examples2, request.services, options.signal);
  const measured = await measure({
    host: registry,
    state: state ?? registry.state,
    examples: examples2,
    scoring,
    services,
    signal: options.signal,
    onError: options.onError,
    keepOutputs,
    ...options.mode === void 0 ? {} : { options: { mode: options.mode } }
  });
  return { ...measured, usage: services.usage.totals, elapsedMs: services.clock.now() - start2 };
}
async function measureCandidates(request, candidates) {
  const { registry, examples: examples2, options } = request;
  checkExamples(examples2, "examples");
  checkPopulationOptions(options);
  const scoring = toScoring(request.metric);
  const services = await probed(registry, examples2, request.services, options.signal);
  const population = populationOf(candidates, registry.layouts, registry.state);
  if (population.size === 0) return { scores: [], mode: options.mode ?? "loop", reasons: {}, failures: [] };
  const evaluation = {
    host: registry,
    examples: examples2,
    keys: exampleKeys(examples2),
    scoring,
    services,
    signal: options.signal,
    onError: options.onError,
    keepOutputs: false,
    candidateOffset: 0
  };
  const result2 = await evaluatePopulation(evaluation, population, options);
  return {
    scores: result2.candidates.map((candidate) => candidate.score),
    mode: result2.mode,
    reasons: result2.reasons,
    failures: result2.candidates.flatMap((candidate) => candidate.failures)
  };
}

// ../core/src/system/options.ts
function chosenOptimizers(options, provided) {
  const { optimizer, promptOptimizer, systemOptimizer } = options;
  const named = [promptOptimizer, systemOptimizer].filter((given2) => given2 !== void 0);
  if (optimizer !== void 0 && named.length > 0) {
    throw invalidArgument("Give either optimizer, or promptOptimizer and systemOptimizer, not both.");
  }
  const given = optimizer === void 0 ? named : [optimizer].flat();
  return given.length > 0 ? given : provided;
}
function requireMethod(system, method, className) {
  if (typeof Reflect.get(system, method) === "function") return;
  throw invalidArgument(
    `${className}.${method} must be a method: write "async ${method}(input) { \u2026 }" instead of "${method} = async (input) => \u2026".`
  );
}

// ../core/src/evaluation/batching-rules.ts
var BatchingRules = class {
  #effects = /* @__PURE__ */ new Set();
  #learned = /* @__PURE__ */ new Map();
  #hyperfunctions;
  #programObstacle;
  /** Ways that were tried and do not work for this program, with the reason. */
  refusals = /* @__PURE__ */ new Map();
  /** True once a vectorised result has been checked against the plain loop. */
  verified = false;
  constructor(hyperfunctions, programObstacle) {
    this.#hyperfunctions = hyperfunctions;
    this.#programObstacle = programObstacle;
  }
  /** The program has changed: what was learned about it as a whole no longer holds. */
  forget() {
    this.refusals.clear();
    this.verified = false;
  }
  /** A hyperfunction turned out to call a model or a tool. */
  noteEffects(hyperfunction2) {
    this.#effects.add(hyperfunction2);
  }
  /** A batch of this hyperfunction's calls could not be formed. */
  noteCallObstacle(hyperfunction2, reason) {
    this.#learned.set(hyperfunction2, reason);
  }
  /** Why calls of this hyperfunction cannot be batched, if so. */
  callObstacle({ name, options }) {
    if (options.effects === true || this.#effects.has(name)) return `"${name}" has effects`;
    if (options.batch === "never") return `"${name}" declares batch: "never"`;
    return this.#learned.get(name);
  }
  /** Why runs of this program cannot be batched at all, if so. */
  batchObstacle() {
    const tensors = this.#hyperfunctions().some(
      ({ layout }) => layout?.leaves.some(
        ({ field }) => field.kind === "tensor" || field.kind === "scalar" && field.tensor
      )
    );
    return tensors ? this.#programObstacle() : "no hyperfunction has tensor parameters";
  }
  /** Why the program cannot be run once for everything, if so: every call would have to be batchable. */
  wholeRunObstacle() {
    for (const hyperfunction2 of this.#hyperfunctions()) {
      const obstacle = this.callObstacle(hyperfunction2);
      if (obstacle !== void 0) return obstacle;
    }
    return void 0;
  }
};

// ../core/src/system/state-parameters.ts
var StateParameters = class {
  constructor(state, seed, scope) {
    this.state = state;
    this.seed = seed;
    this.scope = scope;
  }
  state;
  seed;
  scope;
  #built = /* @__PURE__ */ new Map();
  hp({ name, layout }) {
    if (layout === void 0) return void 0;
    const known = this.#built.get(name);
    if (known !== void 0) return known;
    const values = this.state.values.get(name) ?? initialValues(layout, this.seed);
    const frame = currentFrame();
    const build = () => buildHp(layout, values);
    const hp = frame === void 0 || this.scope === void 0 ? build() : runInScope(frame, this.scope, build);
    this.#built.set(name, hp);
    return hp;
  }
  prompt({ name, options }) {
    return this.state.prompts.get(name) ?? options.prompt;
  }
  demos({ name, options }) {
    return this.state.demos.get(name) ?? options.demos ?? [];
  }
};

// ../core/src/system/tracing-layer.ts
var tracing = Object.assign(
  (call, next) => {
    const { recorder, services } = call.caller.run;
    if (recorder === void 0 && services.observers.length === 0) return next(call);
    return traced(call, next);
  },
  { batchAware: true }
);
async function traced(call, next) {
  const { caller, input, hyperfunction: hyperfunction2 } = call;
  const { run } = caller;
  const { name } = hyperfunction2;
  const node = run.recorder?.start({
    kind: "hyperfunction",
    name,
    input,
    ...caller.node === void 0 ? {} : { parent: caller.node }
  });
  const observedCall = { ...call, node };
  const frame = new Frame(run, caller, observedCall, call.signal, node, caller.scope);
  const event = {
    kind: "hyperfunction",
    name,
    path: frame.path,
    candidate: run.candidate,
    exampleKey: run.exampleKey,
    input,
    members: 1
  };
  try {
    const output = await observed(frame, event, () => next(observedCall));
    if (node !== void 0) run.recorder?.finish(node, output);
    return output;
  } catch (error) {
    if (node !== void 0) run.recorder?.fail(node, error);
    throw error;
  }
}

// ../core/src/system/registry.ts
var Registry = class {
  constructor(name, seed, plugins, runExample, agentObstacle) {
    this.name = name;
    this.seed = seed;
    this.plugins = plugins;
    this.runExample = runExample;
    this.batching = new BatchingRules(
      () => this.hyperfunctions,
      () => {
        const wrapping = plugins.middleware.some((layer) => layer.batchAware !== true);
        return wrapping ? "a plugin wraps calls and does not declare itself batchAware" : agentObstacle;
      }
    );
  }
  name;
  seed;
  plugins;
  runExample;
  #hyperfunctions = /* @__PURE__ */ new Map();
  #chains = /* @__PURE__ */ new Map();
  batching;
  #seen = "partly";
  /** The state that was loaded before the program was seen; checked when it is. */
  #loaded;
  /** Loaded entries of hyperfunctions not met yet. */
  #awaited = /* @__PURE__ */ new Map();
  state = EMPTY_STATE;
  /** Where every hyperfunction started, with the user's `hpInit`. */
  initialState = EMPTY_STATE;
  /** Layouts of the hyperfunctions that optimizers may change. */
  layouts = /* @__PURE__ */ new Map();
  get hyperfunctions() {
    return [...this.#hyperfunctions.values()];
  }
  register(hyperfunction2, hpInit) {
    const { name, layout, options } = hyperfunction2;
    const known = this.#hyperfunctions.get(name);
    if (known !== void 0 && known !== hyperfunction2) {
      throw new HyperfuncError(
        "DUPLICATE_NAME",
        `Two hyperfunctions of system "${this.name}" are called "${name}"; parameters are found by name, so rename one.`
      );
    }
    if (hpInit !== void 0 && layout === void 0) {
      throw invalidArgument(`"${name}" has no hpType, so there is nothing for hpInit to set.`);
    }
    const values = layout === void 0 ? void 0 : this.#startValues(layout, hpInit);
    if (known === void 0) {
      const awaited = this.#awaited.get(name);
      const problems = awaited === void 0 ? [] : mismatches(hyperfunction2, awaited);
      if (problems.length > 0) throw mismatchError(this.name, problems);
      this.#awaited.delete(name);
      this.#hyperfunctions.set(name, hyperfunction2);
      if (layout !== void 0 && options.optimizeHparams === true) this.layouts.set(name, layout);
      this.batching.forget();
    }
    const keep3 = known !== void 0 && hpInit === void 0;
    const start2 = {
      values: new Map(values === void 0 || keep3 ? [] : [[name, values]]),
      prompts: new Map(options.prompt === void 0 ? [] : [[name, options.prompt]]),
      demos: new Map(options.demos === void 0 ? [] : [[name, options.demos]])
    };
    this.initialState = withEntries(this.initialState, start2);
    const { state } = this;
    this.state = withEntries(withEntries(start2, state), hpInit === void 0 ? {} : { values: start2.values });
  }
  #startValues(layout, hpInit) {
    const initial = initialValues(layout, this.seed);
    return hpInit === void 0 ? initial : applyHpInit(layout, initial, hpInit);
  }
  /** Calls from now on go through the layers that are installed now. */
  forgetLayers() {
    this.#chains.clear();
  }
  chainOf(hyperfunction2) {
    const chain = this.#chains.get(hyperfunction2);
    if (chain !== void 0) return chain;
    this.register(hyperfunction2);
    const composed = policyChain(hyperfunction2, [tracing, ...this.plugins.middleware]);
    this.#chains.set(hyperfunction2, composed);
    return composed;
  }
  parametersOf(state, scope) {
    return new StateParameters(state, this.seed, scope);
  }
  noteEffects({ name }) {
    this.batching.noteEffects(name);
  }
  saveState(state, hyperfunctions = this.hyperfunctions) {
    return saveState(this.name, hyperfunctions, state);
  }
  /** The current state with what was loaded for hyperfunctions not met yet. */
  exportState() {
    const saved = this.saveState(this.state);
    return { ...saved, hyperfunctions: { ...Object.fromEntries(this.#awaited), ...saved.hyperfunctions } };
  }
  /**
   * The state that a saved one describes.
   *
   * @throws PROGRAM_MISMATCH naming every difference.
   */
  readState(saved) {
    const entries = Object.entries(saved.hyperfunctions);
    const problems = [
      ...this.#differences(saved),
      ...entries.flatMap(([name, entry]) => this.#mismatchesOf(name, entry))
    ];
    if (problems.length > 0) throw mismatchError(this.name, problems, saved.system);
    return entries.reduce(
      (state, [name, entry]) => withSaved(state, name, entry),
      only(this.state, this.#hyperfunctions)
    );
  }
  /**
   * Names on one side only. A program may reach other hyperfunctions with other inputs, so what one run has not shown
   * may still come, as long as everything that it has shown was saved.
   */
  #differences(saved) {
    const names = Object.keys(saved.hyperfunctions);
    const foreign = names.filter((name) => !this.#hyperfunctions.has(name));
    const lacking = [...this.#hyperfunctions.keys()].filter((name) => !(name in saved.hyperfunctions));
    const another = lacking.length > 0 || names.length > 0 && foreign.length === names.length;
    const mayStillCome = this.#seen === "partly" || this.#seen === "probed" && !another;
    return [
      ...mayStillCome ? [] : foreign.map((name) => `"${name}" is saved but not in the program`),
      ...lacking.map((name) => `"${name}" is in the program but not saved`)
    ];
  }
  #mismatchesOf(name, saved) {
    const hyperfunction2 = this.#hyperfunctions.get(name);
    return hyperfunction2 === void 0 ? [] : mismatches(hyperfunction2, saved);
  }
  /** Makes a saved state current. */
  importState(saved) {
    this.state = this.readState(saved);
    const entries = Object.entries(saved.hyperfunctions);
    this.#awaited = new Map(entries.filter(([name]) => !this.#hyperfunctions.has(name)));
    this.#loaded = this.complete ? void 0 : saved;
  }
  /** True once the program was probed, or its hyperfunctions were listed. */
  get complete() {
    return this.#seen !== "partly";
  }
  /** These are all hyperfunctions of the program. */
  list(hyperfunctions) {
    for (const hyperfunction2 of hyperfunctions) this.register(hyperfunction2);
    this.#seen = "listed";
  }
  /** A whole run has been seen. @throws PROGRAM_MISMATCH when a state of another program was loaded before. */
  probed() {
    const before = this.#seen;
    if (before === "partly") this.#seen = "probed";
    const problems = this.#loaded === void 0 ? [] : this.#differences(this.#loaded);
    if (problems.length > 0) {
      this.#seen = before;
      throw mismatchError(this.name, problems, this.#loaded?.system);
    }
    this.#loaded = void 0;
  }
  /** True when some optimizer could change the hyperfunction's prompt. */
  trainablePrompts() {
    return this.hyperfunctions.filter(isPromptTrainable);
  }
};
function withSaved(state, name, saved) {
  if (saved === void 0) return state;
  const values = savedValues(saved);
  return withEntries(state, {
    ...values === void 0 ? {} : { values: [[name, values]] },
    ...saved.prompt === void 0 ? {} : { prompts: [[name, saved.prompt]] },
    ...saved.demos === void 0 ? {} : { demos: [[name, saved.demos]] }
  });
}
function only(state, hyperfunctions) {
  const known = (entries) => new Map([...entries].filter(([name]) => hyperfunctions.has(name)));
  return { values: known(state.values), prompts: known(state.prompts), demos: known(state.demos) };
}
function mismatchError(system, problems, savedSystem) {
  const from = savedSystem === void 0 ? "" : ` (of "${savedSystem}")`;
  return new HyperfuncError(
    "PROGRAM_MISMATCH",
    `The saved state${from} does not fit system "${system}": ${problems.join("; ")}.`,
    { details: { problems } }
  );
}

// ../core/src/system/state-file.ts
import { readFile as readFile2, rename as rename2, writeFile } from "node:fs/promises";
async function writeStateFile(path, state) {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(state, void 0, 1)}
`);
  await rename2(temporary, path);
}
async function readStateFile(path) {
  const text = await readFile2(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HyperfuncError("PROGRAM_MISMATCH", `${path} is not JSON, so it is no saved state.`, {
      cause: error
    });
  }
}

// ../core/src/system/hyper-system.ts
var registryOf;
var measureState;
var HyperSystem = class {
  static {
    registryOf = (system) => system.#registry;
    measureState = (system, examples2, metric2, state) => measureSystem(system.#request(examples2, metric2, {}), false, state);
  }
  agentType = AgentType.FLOW;
  seed;
  #registry;
  #plugins;
  #leaves;
  #clock;
  #optimizers;
  #optimizing = false;
  /** @throws INVALID_ARGUMENT for a bad concurrency or seed, DUPLICATE_NAME for a name clash. */
  constructor(options = {}) {
    const { name = new.target.name, seed = 0, concurrency = 16, plugins = [], clock = systemClock } = options;
    if (!Number.isSafeInteger(seed)) throw invalidArgument(`seed must be a whole number, got ${seed}.`);
    this.seed = seed;
    this.#clock = clock;
    this.#leaves = new Semaphore(concurrency);
    this.#plugins = new InstalledPlugins(plugins);
    this.#optimizers = chosenOptimizers(options, this.#plugins.optimizers);
    this.#registry = new Registry(
      name,
      seed,
      this.#plugins,
      (inputs) => this.runExample(inputs),
      this.batchObstacle()
    );
    if (options.hyperfunctions !== void 0) this.#registry.list(options.hyperfunctions);
    requireMethod(this, "run", new.target.name);
    const body = this.run.bind(this);
    Object.defineProperty(this, "run", {
      value: (input) => this.#enter(input, body),
      configurable: true,
      writable: true
    });
  }
  /** Drives the program through one example; other kinds of agent override it. */
  async runExample(inputs) {
    const response = await this.run(inputs);
    return response instanceof FlowResponse ? response.output : response;
  }
  /** Why this kind of agent cannot be run as a batch; undefined for FLOW. */
  batchObstacle() {
    return void 0;
  }
  /** Makes a hyperfunction known before it is called, optionally with its own starting values. */
  registerHyperfunction(hyperfunction2, options = {}) {
    this.#registry.register(hyperfunction2, options.hpInit);
    return this;
  }
  /** Hyperfunctions known so far. */
  get hyperfunctions() {
    return this.#registry.hyperfunctions;
  }
  /** Finds the hyperfunctions of the program by running it once. */
  async discover(example2) {
    checkExamples([example2], "example");
    await probe(this.#registry, example2, this.#evaluating(), void 0);
    return this.hyperfunctions;
  }
  /** Scores the current parameters; higher is better. @throws INFRASTRUCTURE when failures left members missing. */
  async evaluate(examples2, metric2, options = {}) {
    const measured = await measureSystem(this.#request(examples2, metric2, options), false);
    return requireScore(measured, examples2.length);
  }
  /** Scores the current parameters and returns outputs, failures, usage and time. */
  async evaluateDetailed(examples2, metric2, options = {}) {
    const { outputs = [], ...measured } = await measureSystem(this.#request(examples2, metric2, options), true);
    return { ...measured, outputs };
  }
  /**
   * Scores many candidates: full states, each naming every trainable hyperfunction, or a population in leaves, which
   * keeps low-rank candidates in factors.
   */
  async evaluatePopulation(candidates, examples2, metric2, options = {}) {
    return measureCandidates(this.#request(examples2, metric2, options), candidates);
  }
  /** Improves the parameters from examples and a metric, with the configured optimizers. */
  async optimize(trainData, metric2, options = {}) {
    if (this.#optimizing) {
      throw new HyperfuncError(
        "INVALID_STATE",
        `System "${this.#registry.name}" is being optimised already; await that first.`
      );
    }
    this.#optimizing = true;
    try {
      return await optimize({
        registry: this.#registry,
        optimizers: this.#optimizers,
        services: this.#evaluating(),
        train: trainData,
        metric: metric2,
        options,
        probe: (first, services) => probe(this.#registry, first, services, options.signal)
      });
    } finally {
      this.#optimizing = false;
    }
  }
  /** Runs the program once and records its calls as a graph. */
  async trace(input) {
    const recorder = new TraceRecorder({ input, clock: this.#clock });
    const body = (inputs) => this.runExample(inputs);
    const output = await runDirectly({
      registry: this.#registry,
      services: this.#services(),
      recorder,
      input,
      body
    });
    return { trace: recorder.trace(), output };
  }
  /** Trainable numbers by hyperfunction name: natural units, declared order, row-major, copies. */
  getHpState() {
    return toHpState(this.#registry.state, this.#registry.layouts);
  }
  /** Sets trainable numbers; names that are left out keep theirs. */
  setHpState(state) {
    const values = readHpState(state, this.#registry.layouts, "the given state", false);
    this.#registry.state = withEntries(this.#registry.state, { values });
  }
  /** Number of trainable numbers. */
  get hpDim() {
    return [...this.#registry.layouts.values()].reduce((sum2, layout) => sum2 + layout.size, 0);
  }
  /** Everything trainable as JSON. */
  exportState() {
    return this.#registry.exportState();
  }
  /** Takes over an exported state. @throws PROGRAM_MISMATCH naming every difference. */
  importState(json) {
    this.#registry.importState(readSavedState(json));
  }
  /** Writes everything trainable to a JSON file. */
  async save(path) {
    await writeStateFile(path, this.exportState());
  }
  /** Reads a file written by `save`. @throws PROGRAM_MISMATCH naming every difference. */
  async load(path) {
    this.importState(await readStateFile(path));
  }
  /** Undoes the plugins. */
  dispose() {
    this.#plugins.dispose();
    this.#registry.forgetLayers();
  }
  #services() {
    return {
      clock: this.#clock,
      seed: this.seed,
      budget: void 0,
      leaves: this.#leaves,
      usage: new UsageMeter(),
      observers: this.#plugins.observers,
      journal: void 0,
      label: "initial",
      warn: (message) => {
        process.emitWarning(message, "HyperfuncWarning");
      },
      evaluating: false
    };
  }
  #evaluating() {
    return { ...this.#services(), evaluating: true };
  }
  #request(examples2, metric2, options) {
    return { registry: this.#registry, services: this.#evaluating(), examples: examples2, metric: metric2, options };
  }
  /** A direct call of `run`: in a run of this system already, it is just the program. */
  #enter(input, body) {
    if (currentFrame()?.run.program === this.#registry) return body(input);
    return runDirectly({ registry: this.#registry, services: this.#services(), input, body });
  }
};

// ../core/src/parameters/define-hp-type.ts
function scalarHpType(name, fields, fixed2) {
  const defaults = Object.fromEntries(fields.map((field) => [field.name, defaultOf(field)]));
  const known = /* @__PURE__ */ new Set([...Object.keys(fixed2), ...Object.keys(defaults)]);
  return {
    name,
    fields,
    fixed: fixed2,
    create(values = {}) {
      for (const key of Object.keys(values)) {
        if (known.has(key)) continue;
        throw invalidArgument(`${name} has no field "${key}"; its fields are ${[...known].join(", ")}.`);
      }
      return { ...fixed2, ...defaults, ...values };
    }
  };
}
function defaultOf(field) {
  if (field.kind === "choice") return field.choices[field.default];
  return field.kind === "scalar" ? field.default : void 0;
}

// ../core/src/parameters/lm-param.ts
var LMParam = scalarHpType(
  "LMParam",
  [
    range("temperature", 0.7, 0, 2),
    range("topP", 1, 0, 1),
    range("presencePenalty", 0, -2, 2),
    range("frequencyPenalty", 0, -2, 2),
    range("maxTokensFrac", 0.25, 0, 1)
  ],
  { maxTokens: void 0, stop: void 0, seed: void 0 }
);
var AdapterMeta = scalarHpType(
  "AdapterMeta",
  [
    range("scale", 1, 0, 2),
    range("dropoutKeep", 1, 0, 1),
    range("gateBias", 0, -4, 4),
    range("priority", 0.5, 0, 1)
  ],
  {}
);
function range(name, initial, min, max) {
  return { kind: "scalar", name, default: initial, min, max, scale: "linear", integer: false, tensor: false };
}

// ../core/src/context/call-model.ts
import { createHash as createHash4 } from "node:crypto";

// ../core/src/model/token-bound.ts
import { Buffer as Buffer2 } from "node:buffer";

// ../core/src/context/tensor-scope.ts
function currentTensorScope() {
  return currentFrame()?.scope;
}

// src/backend/use-backend.ts
import * as tf15 from "@tensorflow/tfjs-core";

// src/backend/drivers.ts
import * as tf11 from "@tensorflow/tfjs-core";

// src/backend/wasm/install-kernels.ts
import * as tf10 from "@tensorflow/tfjs-core";

// src/vmap/rules/einsum.ts
import * as tf2 from "@tensorflow/tfjs-core";

// src/vmap/rules/rule.ts
function batched(kernels, apply) {
  return kernels.map((kernel) => [kernel, { kind: "batched", apply }]);
}
function rewritten(kernels, apply) {
  return kernels.map((kernel) => [kernel, { kind: "rewritten", apply }]);
}

// src/vmap/rules/einsum.ts
var einsumRules = rewritten(
  [tf2.Einsum],
  ({ inputs, attributes }) => einsum(attributes.equation, inputs)
);
function einsum(equation, tensors) {
  const [left = "", right = ""] = equation.replace(/\s/g, "").split("->");
  const output = [...right];
  const terms = left.split(",").map((labels, index) => {
    const tensor5 = tensors[index];
    if (tensor5 === void 0) throw new TypeError(`einsum "${equation}" names more operands than were given.`);
    return { tensor: tensor5, labels: [...labels] };
  });
  const [first, ...others] = terms;
  if (first === void 0) throw new TypeError("einsum needs at least one operand.");
  let result2 = first;
  for (const [index, other] of others.entries()) {
    const needed = /* @__PURE__ */ new Set([...output, ...others.slice(index + 1).flatMap((term) => term.labels)]);
    result2 = contract(summed(result2, /* @__PURE__ */ new Set([...needed, ...other.labels])), other, needed);
  }
  return arranged(summed(result2, new Set(output)), output);
}
function summed({ tensor: tensor5, labels }, needed) {
  const axes = labels.flatMap((label, axis) => needed.has(label) ? [] : [axis]);
  if (axes.length === 0) return { tensor: tensor5, labels };
  return { tensor: tf2.sum(tensor5, axes), labels: labels.filter((label) => needed.has(label)) };
}
function arranged({ tensor: tensor5, labels }, order) {
  return tf2.transpose(tensor5, order.map((label) => labels.indexOf(label)));
}
function contract(a, b, needed) {
  const other = summed(b, /* @__PURE__ */ new Set([...needed, ...a.labels]));
  const common = a.labels.filter((label) => other.labels.includes(label));
  const kept = common.filter((label) => needed.has(label));
  const gone = common.filter((label) => !needed.has(label));
  const left = a.labels.filter((label) => !common.includes(label));
  const right = other.labels.filter((label) => !common.includes(label));
  const x = matrices(a, kept, left, gone);
  const y = matrices(other, kept, gone, right);
  const side = (labels, of) => labels.map((label) => of.tensor.shape[of.labels.indexOf(label)] ?? 1);
  const product = tf2.matMul(x, y);
  const shape = [...side(kept, a), ...side(left, a), ...side(right, other)];
  return { tensor: tf2.reshape(product, shape), labels: [...kept, ...left, ...right] };
}
function matrices({ tensor: tensor5, labels }, batch, rows, columns) {
  const size = (names) => names.reduce((product, label) => product * (tensor5.shape[labels.indexOf(label)] ?? 1), 1);
  const shape = [size(rows), size(columns)];
  return tf2.reshape(
    arranged({ tensor: tensor5, labels }, [...batch, ...rows, ...columns]),
    batch.length === 0 ? shape : [size(batch), ...shape]
  );
}

// src/backend/kernel-replacement.ts
import * as tf3 from "@tensorflow/tfjs-core";
function replacement(kernel, replace) {
  return {
    kernel,
    replace: (original) => replace(original)
  };
}
function replaceKernels(backendName, replacements) {
  for (const { kernel, replace } of replacements) {
    const config = tf3.getKernel(kernel, backendName);
    tf3.unregisterKernel(kernel, backendName);
    tf3.registerKernel({ ...config, kernelFunc: replace(config.kernelFunc) });
  }
}
function reshaped(backend, x, shape) {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}
function dispose(backend, ...infos) {
  for (const info of infos) backend.disposeData(info.dataId);
}
function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
var scanReplacements = [tf3.Cumsum, tf3.Cumprod].map(
  (kernel) => replacement(kernel, (original) => (call) => {
    const [axis = 0] = tf3.util.parseAxisParam(call.attrs.axis, call.inputs.x.shape);
    return original({ ...call, attrs: { ...call.attrs, axis } });
  })
);

// src/backend/wasm/broadcasting-kernels.ts
import * as tf6 from "@tensorflow/tfjs-core";

// src/backend/wasm/copying-kernels.ts
import * as tf5 from "@tensorflow/tfjs-core";

// src/backend/wasm/heap.ts
var SHORT = 24;
var Heap = class {
  #values;
  #bytes;
  #backend;
  /** Allocate all outputs first: growing the memory detaches the view. */
  constructor(backend, dtype) {
    const { buffer } = backend.wasm.HEAPU8;
    this.#backend = backend;
    this.#bytes = dtype === "bool" ? 1 : 4;
    this.#values = dtype === "bool" ? new Uint8Array(buffer) : new Int32Array(buffer);
  }
  /** True for the types that the heap holds as plain numbers. */
  static holds(dtype) {
    return dtype === "float32" || dtype === "int32" || dtype === "bool";
  }
  /** Position of a tensor's first value. */
  positionOf(info) {
    return this.#backend.dataIdMap.get(info.dataId).memoryOffset / this.#bytes;
  }
  copy(from, to, count) {
    const values = this.#values;
    if (count > SHORT) {
      values.copyWithin(to, from, from + count);
      return;
    }
    for (let index = 0; index < count; index++) values[to + index] = values[from + index] ?? 0;
  }
  /** Writes `times` copies of a block one after the other. */
  repeat(from, to, count, times) {
    if (count === 1) {
      this.#values.fill(this.#values[from] ?? 0, to, to + times);
      return;
    }
    for (let copy = 0; copy < times; copy++) this.copy(from, to + copy * count, count);
  }
};

// src/backend/wasm/wasm-kernel.ts
import * as tf4 from "@tensorflow/tfjs-core";
function wasmReplacement(kernel, replace) {
  return replacement(kernel, replace);
}
function runWasm(backend, kernel, inputs, attrs = {}) {
  const run = tf4.getKernel(kernel, "wasm").kernelFunc;
  const result2 = run({ inputs, attrs, backend });
  if (Array.isArray(result2)) throw new TypeError(`${kernel} gives several results.`);
  return result2;
}

// src/backend/wasm/copying-kernels.ts
var copyingKernels = [
  wasmReplacement(tf5.Tile, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    return tile(call.backend, x, call.attrs.reps);
  }),
  wasmReplacement(tf5.Slice, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [begin = [], size = []] = tf5.slice_util.parseSliceParams(x, call.attrs.begin, call.attrs.size);
    tf5.slice_util.assertParamsValid(x, begin, size);
    return slice(call.backend, x, begin, size);
  }),
  wasmReplacement(tf5.SplitV, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [axis = 0] = tf5.util.parseAxisParam(call.attrs.axis, x.shape);
    const info = { ...x, rank: x.shape.length, size: sizeOf(x.shape) };
    const sizes = tf5.backend_util.prepareSplitSize(info, call.attrs.numOrSizeSplits, axis);
    let start2 = 0;
    return sizes.map((size) => {
      const begin = x.shape.map((_, index) => index === axis ? start2 : 0);
      start2 += size;
      return slice(call.backend, x, begin, replaced(x.shape, axis, size));
    });
  }),
  wasmReplacement(tf5.Unpack, (original) => (call) => {
    const { value } = call.inputs;
    if (!Heap.holds(value.dtype)) return original(call);
    const [axis = 0] = tf5.util.parseAxisParam(call.attrs.axis, value.shape);
    const shape = value.shape.filter((_, index) => index !== axis);
    return Array.from({ length: value.shape[axis] ?? 0 }, (_, row) => {
      const begin = value.shape.map((_side, index) => index === axis ? row : 0);
      return { ...slice(call.backend, value, begin, replaced(value.shape, axis, 1)), shape };
    });
  }),
  wasmReplacement(tf5.GatherV2, (original) => (call) => {
    const { x, indices } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [axis = 0] = tf5.util.parseAxisParam(call.attrs.axis, x.shape);
    return gather(call.backend, x, indices, axis, call.attrs.batchDims);
  })
];
function replaced(shape, axis, side) {
  return shape.map((old, index) => index === axis ? side : old);
}
function tile(backend, x, repetitions) {
  let current2 = reshaped(backend, x, x.shape);
  repetitions.forEach((times, axis) => {
    if (times === 1) return;
    const shape = current2.shape.map((side, index) => index === axis ? side * times : side);
    const result2 = backend.makeOutput(shape, x.dtype);
    const heap = new Heap(backend, x.dtype);
    const block4 = sizeOf(current2.shape.slice(axis));
    const from = heap.positionOf(current2);
    const to = heap.positionOf(result2);
    const outer = sizeOf(current2.shape.slice(0, axis));
    for (let index = 0; index < outer; index++) {
      heap.repeat(from + index * block4, to + index * block4 * times, block4, times);
    }
    dispose(backend, current2);
    current2 = result2;
  });
  return current2;
}
function slice(backend, x, begin, size) {
  const result2 = backend.makeOutput(size, x.dtype);
  const heap = new Heap(backend, x.dtype);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  let inner = x.shape.length - 1;
  while (inner > 0 && size[inner] === x.shape[inner]) inner--;
  const run = sizeOf(size.slice(Math.max(inner, 0)));
  const start2 = heap.positionOf(x) + begin.reduce((sum2, index, axis) => sum2 + index * (strides[axis] ?? 1), 0);
  let to = heap.positionOf(result2);
  const walk = (axis, from) => {
    if (axis >= inner) {
      heap.copy(from, to, run);
      to += run;
      return;
    }
    const stride = strides[axis] ?? 1;
    for (let index = 0; index < (size[axis] ?? 0); index++) walk(axis + 1, from + index * stride);
  };
  if (run > 0) walk(0, start2);
  return result2;
}
function gather(backend, x, indices, axis, batchDims) {
  const rows = backend.readSync(indices.dataId);
  const side = x.shape[axis] ?? 0;
  for (const row of rows) {
    tf5.util.assert(row >= 0 && row < side, () => `GatherV2: the index value ${row} is not in [0, ${side - 1}]`);
  }
  const info = tf5.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
  const result2 = backend.makeOutput(info.outputShape, x.dtype);
  const heap = new Heap(backend, x.dtype);
  const from = heap.positionOf(x);
  let to = heap.positionOf(result2);
  const perBatch = rows.length / info.batchSize;
  for (let batch = 0; batch < info.batchSize; batch++) {
    for (let outer = 0; outer < info.outerSize; outer++) {
      const block4 = from + (batch * info.outerSize + outer) * info.dimSize * info.sliceSize;
      for (let index = 0; index < perBatch; index++) {
        heap.copy(block4 + (rows[batch * perBatch + index] ?? 0) * info.sliceSize, to, info.sliceSize);
        to += info.sliceSize;
      }
    }
  }
  return result2;
}

// src/backend/wasm/broadcasting-kernels.ts
var ALWAYS = [
  tf6.Atan2,
  tf6.BitwiseAnd,
  tf6.Equal,
  tf6.FloorDiv,
  tf6.Greater,
  tf6.GreaterEqual,
  tf6.Less,
  tf6.LessEqual,
  tf6.LogicalAnd,
  tf6.LogicalOr,
  tf6.LogicalXor,
  tf6.Maximum,
  tf6.Minimum,
  tf6.Mod,
  tf6.NotEqual,
  tf6.Pow
];
var FAST_FOR_FLOATS = [tf6.Add, tf6.Multiply, tf6.RealDiv, tf6.SquaredDifference, tf6.Sub];
var broadcastingKernels = [
  ...ALWAYS.map((kernel) => broadcasting(kernel, () => true)),
  ...FAST_FOR_FLOATS.map((kernel) => broadcasting(kernel, (dtype) => dtype !== "float32"))
];
function broadcasting(kernel, isSlow) {
  return wasmReplacement(kernel, (original) => (call) => {
    const { inputs, backend } = call;
    const { a, b } = inputs;
    const scalar2 = sizeOf(a.shape) === 1 || sizeOf(b.shape) === 1;
    if (scalar2 || tf6.util.arraysEqual(a.shape, b.shape) || !isSlow(a.dtype) || !Heap.holds(a.dtype)) {
      return original(call);
    }
    const shape = tf6.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const left = expanded(backend, a, shape);
    const right = expanded(backend, b, shape);
    const result2 = original({ ...call, inputs: { a: left, b: right } });
    dispose(backend, left, right);
    return result2;
  });
}
function expanded(backend, x, shape) {
  const lined = [...Array.from({ length: shape.length - x.shape.length }, () => 1), ...x.shape];
  const view = reshaped(backend, x, lined);
  const result2 = tile(backend, view, shape.map((side, axis) => lined[axis] === side ? 1 : side));
  dispose(backend, view);
  return result2;
}

// src/backend/wasm/fused-kernels.ts
import * as tf7 from "@tensorflow/tfjs-core";
var ACTIVATIONS = {
  relu: tf7.Relu,
  relu6: tf7.Relu6,
  elu: tf7.Elu,
  sigmoid: tf7.Sigmoid,
  leakyrelu: tf7.LeakyRelu
};
var fusedKernels = [
  wasmReplacement(tf7._FusedMatMul, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const { a, b } = inputs;
    const single = sizeOf(a.shape.slice(0, -2)) === 1 && sizeOf(b.shape.slice(0, -2)) === 1;
    const known = attrs.activation === "linear" || attrs.activation === "prelu" || attrs.activation in ACTIVATIONS;
    if (single && !attrs.transposeA && !attrs.transposeB && attrs.activation !== "elu") {
      return withFreshBias(backend, inputs, (fresh) => original({ ...call, inputs: fresh }));
    }
    if (!known) return original(call);
    const { transposeA, transposeB } = attrs;
    const product = runWasm(backend, tf7.BatchMatMul, { a, b }, { transposeA, transposeB });
    return activated(backend, withBias(backend, product, inputs.bias), inputs, attrs);
  }),
  ...[tf7.FusedConv2D, tf7.FusedDepthwiseConv2D].map(
    (kernel) => wasmReplacement(
      kernel,
      (original) => (call) => withFreshBias(call.backend, call.inputs, (fresh) => original({ ...call, inputs: fresh }))
    )
  )
];
function withFreshBias(backend, inputs, compute2) {
  const { bias } = inputs;
  if (!bias || backend.dataIdMap.get(bias.dataId).shape.length === 1) return compute2(inputs);
  const flat = reshaped(backend, bias, [sizeOf(bias.shape)]);
  const fresh = runWasm(backend, tf7.Identity, { x: flat });
  const result2 = compute2({ ...inputs, bias: fresh });
  dispose(backend, flat, fresh);
  return result2;
}
function withBias(backend, product, bias) {
  if (!bias) return product;
  const sum2 = runWasm(backend, tf7.Add, { a: product, b: bias });
  dispose(backend, product);
  return sum2;
}
function activated(backend, x, inputs, { activation, leakyreluAlpha }) {
  if (activation === "linear") return x;
  const result2 = activation === "prelu" ? runWasm(backend, tf7.Prelu, { x, alpha: inputs.preluActivationWeights }) : runWasm(backend, ACTIVATIONS[activation] ?? tf7.Identity, { x }, { alpha: leakyreluAlpha });
  dispose(backend, x);
  return result2;
}

// src/backend/wasm/joining-kernels.ts
import * as tf8 from "@tensorflow/tfjs-core";
var joiningKernels = [
  wasmReplacement(tf8.Concat, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const [first] = inputs;
    if (first === void 0 || inputs.length === 1 || !Heap.holds(first.dtype)) return original(call);
    const [axis = 0] = tf8.util.parseAxisParam(attrs.axis, first.shape);
    const shapes = inputs.map(({ shape }) => shape);
    tf8.backend_util.assertParamsConsistent(shapes, axis);
    return join2(backend, inputs, tf8.backend_util.computeOutShape(shapes, axis), axis);
  }),
  wasmReplacement(tf8.Pack, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const [first] = inputs;
    if (first === void 0 || inputs.length === 1 || !Heap.holds(first.dtype)) return original(call);
    for (const { shape, dtype } of inputs) {
      tf8.util.assertShapesMatch(first.shape, shape, "All tensors passed to stack must have matching shapes");
      tf8.util.assert(first.dtype === dtype, () => "All tensors passed to stack must have matching dtypes");
    }
    const axis = attrs.axis < 0 ? attrs.axis + first.shape.length + 1 : attrs.axis;
    return join2(backend, inputs, first.shape.toSpliced(axis, 0, inputs.length), axis);
  })
];
function join2(backend, inputs, shape, axis) {
  const [first] = inputs;
  const result2 = backend.makeOutput(shape, first?.dtype ?? "float32");
  const heap = new Heap(backend, result2.dtype);
  const outer = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis));
  let column = heap.positionOf(result2);
  for (const input of inputs) {
    const block4 = sizeOf(input.shape) / Math.max(outer, 1);
    const from = heap.positionOf(input);
    for (let row = 0; row < outer; row++) heap.copy(from + row * block4, column + row * width, block4);
    column += block4;
  }
  return result2;
}

// src/backend/wasm/matmul-kernels.ts
import * as tf9 from "@tensorflow/tfjs-core";
var SMALL_PRODUCT = 3e3;
var ONE_BLOCK = 48;
var LONG_ROW = 128;
var matmulKernels = [
  wasmReplacement(tf9.BatchMatMul, (original) => (call) => {
    const { backend, attrs } = call;
    if (call.inputs.a.dtype !== "float32" || call.inputs.b.dtype !== "float32") return original(call);
    if (attrs.transposeB && !attrs.transposeA && isFewRows(call.inputs.a, call.inputs.b)) return original(call);
    const a = upright(backend, call.inputs.a, attrs.transposeA);
    const b = upright(backend, call.inputs.b, attrs.transposeB);
    const leading = tf9.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const x = merged(backend, a, leading);
    const y = merged(backend, b, leading);
    assertInner(x, y, call.inputs, attrs);
    const product = multiply(backend, x, y, b.shape.length === 2, original);
    dispose(backend, a, b, x, y);
    return { ...product, shape: [...leading, x.shape[1] ?? 1, y.shape[2] ?? 1] };
  })
];
function isFewRows(a, b) {
  return b.shape.length === 2 && sizeOf(a.shape.slice(0, -1)) < 8;
}
function assertInner(x, y, inputs, attrs) {
  const { transposeA, transposeB } = attrs;
  tf9.util.assert(
    x.shape[2] === y.shape[1],
    () => `Error in matMul: inner shapes (${x.shape[2]}) and (${y.shape[1]}) of Tensors with shapes ${String(inputs.a.shape)} and ${String(inputs.b.shape)} and transposeA=${transposeA} and transposeB=${transposeB} must match.`
  );
}
function upright(backend, x, transposed) {
  if (!transposed) return reshaped(backend, x, x.shape);
  const rank = x.shape.length;
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  if (rows === 1 || columns === 1) return reshaped(backend, x, [...x.shape.slice(0, -2), columns, rows]);
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  return runWasm(backend, tf9.Transpose, { x }, { perm });
}
function merged(backend, x, leading) {
  const own = x.shape.slice(0, -2);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const batch = sizeOf(own);
  if (batch === 1 || batch === sizeOf(leading)) return reshaped(backend, x, [batch, rows, columns]);
  const complete = expanded(backend, x, [...leading, rows, columns]);
  const view = reshaped(backend, complete, [sizeOf(leading), rows, columns]);
  dispose(backend, complete);
  return view;
}
function multiply(backend, x, y, single, original) {
  const [batchX = 1, m = 1, k = 1] = x.shape;
  const [, , n = 1] = y.shape;
  const plain2 = (a, b) => original({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });
  if (single) {
    const rows = reshaped(backend, x, [1, batchX * m, k]);
    const product = plain2(rows, y);
    dispose(backend, rows);
    return product;
  }
  if (k === 1) return runWasm(backend, tf9.Multiply, { a: x, b: y });
  if (n === 1) return rowTimesColumn(backend, x, y, plain2);
  if (m * k * n < SMALL_PRODUCT && k <= ONE_BLOCK) return plain2(x, y);
  return oneByOne(backend, x, y, plain2);
}
function rowTimesColumn(backend, x, y, plain2) {
  const [batch = 1, k = 1] = y.shape;
  const row = reshaped(backend, y, [batch, 1, k]);
  const products = runWasm(backend, tf9.Multiply, { a: x, b: row });
  const sum2 = k < LONG_ROW ? runWasm(backend, tf9.Sum, { x: products }, { axis: 2 }) : sumByProduct(backend, products, plain2);
  dispose(backend, row, products);
  return sum2;
}
function sumByProduct(backend, x, plain2) {
  const [batch = 1, rows = 1, k = 1] = x.shape;
  const flat = reshaped(backend, x, [1, batch * rows, k]);
  const ones3 = runWasm(backend, tf9.Fill, {}, { shape: [1, k, 1], value: 1, dtype: "float32" });
  const sums = plain2(flat, ones3);
  dispose(backend, flat, ones3);
  return sums;
}
function oneByOne(backend, x, y, plain2) {
  const [batchX = 1, m = 1] = x.shape;
  const [batchY = 1, , n = 1] = y.shape;
  const batch = Math.max(batchX, batchY);
  const result2 = backend.makeOutput([batch, m, n], "float32");
  for (let index = 0; index < batch; index++) {
    const a = matrixAt(backend, x, batchX === 1 ? 0 : index);
    const b = matrixAt(backend, y, batchY === 1 ? 0 : index);
    const product = plain2(a, b);
    const heap = new Heap(backend, "float32");
    heap.copy(heap.positionOf(product), heap.positionOf(result2) + index * m * n, m * n);
    dispose(backend, a, b, product);
  }
  return result2;
}
function matrixAt(backend, stack5, index) {
  const [count = 1, rows = 1, columns = 1] = stack5.shape;
  if (count === 1) return reshaped(backend, stack5, stack5.shape);
  const matrix = backend.makeOutput([1, rows, columns], "float32");
  const heap = new Heap(backend, "float32");
  heap.copy(heap.positionOf(stack5) + index * rows * columns, heap.positionOf(matrix), rows * columns);
  return matrix;
}

// src/backend/wasm/install-kernels.ts
var installed = false;
function installWasmKernels() {
  if (installed) return;
  installed = true;
  replaceKernels("wasm", [
    ...copyingKernels,
    ...joiningKernels,
    ...broadcastingKernels,
    ...matmulKernels,
    ...fusedKernels,
    ...scanReplacements
  ]);
  tf10.registerKernel({
    kernelName: tf10.Einsum,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => tf10.tidy(() => einsum(String(attrs?.["equation"]), Object.values(inputs)))
  });
}

// src/backend/drivers.ts
var DRIVERS = {
  wasm: {
    registeredAs: "wasm",
    load: async () => {
      await import("@tensorflow/tfjs-backend-wasm");
      installWasmKernels();
    },
    remedy: "Reinstall @tensorflow/tfjs-backend-wasm; its .wasm files must lie beside its code."
  },
  cpu: {
    registeredAs: "cpu",
    load: async () => {
      await import("@tensorflow/tfjs-backend-cpu");
    },
    remedy: "Reinstall @tensorflow/tfjs-backend-cpu."
  },
  webgpu: {
    registeredAs: "webgpu",
    load: loadWebGpu,
    remedy: "Install @tensorflow/tfjs-backend-webgpu and, in Node, webgpu; the machine needs a Vulkan, Metal or D3D12 driver."
  },
  node: {
    registeredAs: "tensorflow",
    load: async () => {
      await importOptional("@tensorflow/tfjs-node");
    },
    remedy: "Install @tensorflow/tfjs-node and let its install script download libtensorflow."
  },
  "node-gpu": {
    registeredAs: "tensorflow",
    load: async () => {
      await importOptional("@tensorflow/tfjs-node-gpu");
      const backend = tf11.findBackend("tensorflow");
      if (backend !== null && Reflect.get(backend, "isUsingGpuDevice") === false) {
        throw new Error("libtensorflow found no GPU");
      }
    },
    remedy: "Install @tensorflow/tfjs-node-gpu and let its install script download libtensorflow; it needs CUDA 11 and cuDNN."
  }
};
async function importOptional(specifier) {
  return await import(specifier);
}
async function loadWebGpu() {
  const gpu = gpuOf(Reflect.get(globalThis, "navigator")) ?? await gpuFromDawn();
  if (await gpu.requestAdapter() === null) throw new Error("no WebGPU adapter was found");
  await importOptional("@tensorflow/tfjs-backend-webgpu");
}
async function gpuFromDawn() {
  const dawn = await importOptional("webgpu");
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  const existing = Reflect.get(globalThis, "navigator");
  if (typeof existing === "object" && existing !== null) {
    Object.defineProperty(existing, "gpu", { value: gpu, configurable: true });
  } else {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  }
  return gpu;
}
function gpuOf(navigator) {
  const gpu = typeof navigator === "object" && navigator !== null ? Reflect.get(navigator, "gpu") : void 0;
  return typeof gpu === "object" && gpu !== null ? gpu : void 0;
}

// src/backend/first-backend.ts
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf14 from "@tensorflow/tfjs-core";

// src/backend/cpu/install-kernels.ts
import * as tf12 from "@tensorflow/tfjs-core";
var matMul2 = replacement(
  tf12.BatchMatMul,
  (original) => (call) => {
    const { inputs, backend } = call;
    const batchA = inputs.a.shape.slice(0, -2);
    const batchB = inputs.b.shape.slice(0, -2);
    const batch = tf12.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const fits = (own) => [1, sizeOf(batch)].includes(sizeOf(own));
    if (fits(batchA) && fits(batchB)) return original(call);
    const a = expanded2(backend, inputs.a, batch);
    const b = expanded2(backend, inputs.b, batch);
    const product = original({ ...call, inputs: { a, b } });
    dispose(backend, a, b);
    return product;
  }
);
function expanded2(backend, x, batch) {
  const missing = batch.length + 2 - x.shape.length;
  const lined = reshaped(backend, x, [...Array.from({ length: missing }, () => 1), ...x.shape]);
  const reps = lined.shape.map((side, axis) => (batch[axis] ?? side) / side);
  const tile6 = tf12.getKernel(tf12.Tile, "cpu").kernelFunc;
  const result2 = tile6({ inputs: { x: lined }, attrs: { reps }, backend });
  dispose(backend, lined);
  return result2;
}
var installed2 = false;
function installCpuKernels() {
  if (installed2) return;
  installed2 = true;
  replaceKernels("cpu", [matMul2, ...scanReplacements]);
}

// src/backend/tfjs-engine.ts
import * as tf13 from "@tensorflow/tfjs-core";
function hiddenSide(engine2) {
  return engine2;
}
var tfjsEngine = hiddenSide(tf13.engine());

// src/backend/first-backend.ts
var setBackend = tfjsEngine.setBackend.bind(tfjsEngine);
var chosenByUser = false;
function isBackendChosenByUser() {
  return chosenByUser;
}
function switchBackend(name) {
  return setBackend(name);
}
function silenceBanner() {
  const backend = tf14.findBackend("cpu");
  if (backend instanceof MathBackendCPU) Reflect.set(backend, "firstUse", false);
}
tfjsEngine.setBackend = (name) => {
  chosenByUser = true;
  return setBackend(name);
};
silenceBanner();
installCpuKernels();
if (tfjsEngine.backendName && tfjsEngine.backendName !== "cpu") chosenByUser = true;
else void setBackend("cpu");

// src/backend/use-backend.ts
var FASTEST_FIRST = ["node-gpu", "node", "webgpu", "wasm", "cpu"];
var DEFAULT = ["wasm", "cpu"];
var current;
var rejected = [];
var queue = Promise.resolve();
function useBackend(choice = "auto") {
  const candidates = choice === "auto" ? FASTEST_FIRST : [choice];
  const unknown = candidates.find((name) => !Object.hasOwn(DRIVERS, name));
  if (unknown !== void 0) {
    const names = ["auto", ...Object.keys(DRIVERS)].join(", ");
    throw new HyperfuncError("INVALID_ARGUMENT", `There is no backend "${unknown}"; choose one of ${names}.`);
  }
  return inOrder(() => choose(candidates));
}
function backendInfo() {
  const registered2 = tfjsEngine.backendName ?? "none";
  const known = current !== void 0 && DRIVERS[current].registeredAs === registered2;
  return { name: known ? current ?? registered2 : nameOf(registered2) ?? registered2, kernels: "generic", rejected };
}
function readyBackend() {
  return inOrder(async () => {
    if (current === void 0 && !isBackendChosenByUser()) await choose(DEFAULT);
    await tf15.ready();
    if (tfjsEngine.backendName === "wasm") installWasmKernels();
  });
}
function inOrder(work) {
  const result2 = queue.then(work);
  queue = result2.catch(() => void 0);
  return result2;
}
async function choose(candidates) {
  const failed = [];
  for (const name of candidates) {
    try {
      await start(name);
      current = name;
      rejected = failed;
      return backendInfo();
    } catch (error) {
      failed.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  rejected = failed;
  const reasons = failed.map(({ name, reason }) => `${name}: ${reason}. ${DRIVERS[name].remedy}`).join("\n");
  throw new HyperfuncError("BACKEND_UNAVAILABLE", `No backend could be started. ${reasons}`, { details: { rejected } });
}
async function start(name) {
  const { load, registeredAs } = DRIVERS[name];
  await load();
  const before = tfjsEngine.backendName;
  if (await switchBackend(registeredAs)) return;
  if (before) await switchBackend(before);
  throw new Error("it failed to start");
}
function nameOf(registered2) {
  return Object.entries(DRIVERS).find(([, driver]) => driver.registeredAs === registered2)?.[0];
}

// src/primitives/lora-weight/lora-weight.ts
import * as tf16 from "@tensorflow/tfjs-core";
var LoRAWeight = {
  /**
   * Declares a matrix `[outDim, inDim]`, with a bias `[outDim]` if asked for.
   *
   * @throws HyperfuncError INVALID_ARGUMENT for sides or ranks that are no positive integers, or a rank above the
   *   smaller side.
   */
  create(options) {
    return createType(options);
  },
  /** The value of a weight without bias, from any matrix `[outDim, inDim]`, batched ones included. */
  fromTensor(weight) {
    if (weight.rank !== 2) {
      throw new HyperfuncError("SHAPE_MISMATCH", `A weight is a matrix, got a tensor of shape [${String(weight.shape)}].`);
    }
    return { weight };
  }
};
function createType(options) {
  const { outDim, inDim, noiseRank = 1, bias = false, name = "LoRAWeight" } = options;
  const { initStd = Math.sqrt(2 / (inDim + outDim)) } = options;
  checkCount("outDim", outDim);
  checkCount("inDim", inDim);
  checkCount("noiseRank", noiseRank);
  if (noiseRank > Math.min(outDim, inDim)) {
    throw invalid(`noiseRank ${noiseRank} exceeds the smaller side of a ${outDim} \xD7 ${inDim} matrix; use at most ${Math.min(outDim, inDim)}.`);
  }
  if (!Number.isFinite(initStd) || initStd < 0) throw invalid(`initStd must be a finite number of at least 0, got ${initStd}.`);
  const weightField = { kind: "tensor", name: "weight", shape: [outDim, inDim], noiseRank, initStd };
  const biasField = { kind: "tensor", name: "bias", shape: [outDim], noiseRank: void 0, initStd: 0 };
  const fields = bias ? [weightField, biasField] : [weightField];
  return {
    name,
    fields,
    fixed: {},
    fromTensor: (...tensors) => {
      const entries = fields.map((field, index) => [field.name, checkShape(field, tensors[index])]);
      return Object.fromEntries(entries);
    }
  };
}
function checkShape({ name, shape }, tensor5) {
  if (tensor5 === void 0) throw invalid(`fromTensor needs a ${name} of shape [${String(shape)}].`);
  if (tf16.util.arraysEqual(tensor5.shape, [...shape])) return tensor5;
  throw new HyperfuncError("SHAPE_MISMATCH", `The ${name} has shape [${String(shape)}], got [${String(tensor5.shape)}].`);
}
function checkCount(name, value) {
  if (!Number.isInteger(value) || value < 1) throw invalid(`${name} must be a positive integer, got ${String(value)}.`);
}
function invalid(message) {
  return new HyperfuncError("INVALID_ARGUMENT", message);
}

// src/population/tensor-engine.ts
import * as tf44 from "@tensorflow/tfjs-core";

// src/lifetime/owned-tensors.ts
import "@tensorflow/tfjs-core";

// src/lifetime/tensors-in.ts
import * as tf17 from "@tensorflow/tfjs-core";
function tensorsIn(value) {
  if (value instanceof tf17.Tensor) return [value];
  if (typeof value !== "object" || value === null) return [];
  const found = /* @__PURE__ */ new Set();
  const seen = /* @__PURE__ */ new Set();
  const visit = (part) => {
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return;
    if (part instanceof tf17.Tensor) {
      found.add(part);
      return;
    }
    if (seen.has(part)) return;
    seen.add(part);
    if (Array.isArray(part) || part instanceof Set) {
      for (const item of part) visit(item);
    } else if (part instanceof Map) {
      for (const entry of part) visit(entry);
    } else {
      for (const { value: item } of Object.values(Object.getOwnPropertyDescriptors(part))) visit(item);
    }
  };
  visit(value);
  return [...found];
}

// src/lifetime/owned-tensors.ts
var OUTLIVES = /* @__PURE__ */ Symbol("outlives");
var COMPACT_AT = 4096;
var OwnedTensors = class _OwnedTensors {
  #parent;
  /** Made when there is something to own; of thousands of concurrent runs most own nothing. */
  #tensors;
  #compactAt = COMPACT_AT;
  #open = true;
  constructor(parent) {
    this.#parent = parent instanceof _OwnedTensors ? parent : void 0;
  }
  /** Takes a tensor over; after closing, the nearest open ancestor does, and without one the tensor is the caller's. */
  own(tensor5) {
    if (!this.#open) {
      this.#parent?.own(tensor5);
      return;
    }
    const tensors = this.#tensors ??= [];
    tensors.push(tensor5);
    if (tensors.length < this.#compactAt) return;
    this.#tensors = tensors.filter((owned) => !owned.isDisposed);
    this.#compactAt = Math.max(COMPACT_AT, 2 * this.#tensors.length);
  }
  close(keep3) {
    const kept = tensorsIn(keep3);
    for (const tensor5 of kept) outlive(tensor5);
    const owned = this.#tensors;
    this.#tensors = void 0;
    this.#open = false;
    if (owned === void 0) return;
    const survivors = new Set(kept);
    for (const tensor5 of owned) {
      if (tensor5.isDisposed || tensor5.kept) continue;
      if (survivors.has(tensor5)) this.#parent?.own(tensor5);
      else tensor5.dispose();
    }
  }
};
function outlive(tensor5) {
  const notify = Reflect.get(tensor5, OUTLIVES);
  if (typeof notify === "function") notify.call(tensor5);
}
function detached(start2) {
  const { state } = tfjsEngine;
  const { activeScope, scopeStack } = state;
  state.activeScope = null;
  state.scopeStack = [];
  try {
    return start2();
  } finally {
    state.activeScope = activeScope;
    state.scopeStack = scopeStack;
  }
}
function adopt(scope, start2) {
  const { state } = tfjsEngine;
  return detached(() => {
    const made = { id: state.nextScopeId++, name: "adopted", track: [] };
    state.scopeStack.push(made);
    state.activeScope = made;
    try {
      return start2();
    } finally {
      for (const tensor5 of made.track) scope.own(tensor5);
    }
  });
}
var trackInTidy = tfjsEngine.track.bind(tfjsEngine);
tfjsEngine.track = (tensor5) => {
  if (tfjsEngine.state.activeScope) return trackInTidy(tensor5);
  const scope = currentTensorScope();
  if (scope instanceof OwnedTensors) scope.own(tensor5);
  return tensor5;
};

// src/population/agreement.ts
import * as tf20 from "@tensorflow/tfjs-core";

// src/vmap/tensor-tree.ts
import * as tf19 from "@tensorflow/tfjs-core";
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function mapTensors(value, change) {
  if (value instanceof tf19.Tensor) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, change));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, change)]));
}

// src/population/agreement.ts
var RELATIVE = 1e-3;
var ABSOLUTE = 1e-4;
async function agree(a, b) {
  if (a instanceof tf20.Tensor && b instanceof tf20.Tensor) return agreeTensors(a, b);
  if (typeof a === "number" && typeof b === "number") return close(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && every(a.map((item, index) => [item, b[index]]));
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length || !keys.every((key) => key in b)) return false;
    return every(keys.map((key) => [a[key], b[key]]));
  }
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return agree(Object.values(a), Object.values(b));
  return Object.is(a, b);
}
async function every(pairs2) {
  for (const [a, b] of pairs2) if (!await agree(a, b)) return false;
  return true;
}
async function agreeTensors(a, b) {
  if (a.dtype !== b.dtype || !tf20.util.arraysEqual(a.shape, b.shape)) return false;
  const [left, right] = await Promise.all([a.data(), b.data()]);
  const same = a.dtype === "float32" ? close : Object.is;
  return left.every((value, index) => same(value, right[index] ?? NaN));
}
function close(a, b) {
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(ABSOLUTE, RELATIVE * Math.abs(b));
}

// src/population/batched-metric.ts
import * as tf23 from "@tensorflow/tfjs-core";

// src/vmap/batched-tensor.ts
import * as tf22 from "@tensorflow/tfjs-core";

// src/vmap/low-rank-matrix.ts
import * as tf21 from "@tensorflow/tfjs-core";

// src/vmap/vmap-report.ts
var fallbacks = /* @__PURE__ */ new Map();
var materialised = 0;
function countFallback(kernel) {
  fallbacks.set(kernel, (fallbacks.get(kernel) ?? 0) + 1);
}
function countMaterialised() {
  materialised++;
}

// src/vmap/low-rank-matrix.ts
var Factors = class {
  constructor(base, left, right) {
    this.base = base;
    this.left = left;
    this.right = right;
  }
  base;
  left;
  right;
  references = 1;
  #derived = /* @__PURE__ */ new Map();
  /** Computes something from the factors once and keeps it as long as they live. */
  derive(name, compute2) {
    const known = this.#derived.get(name);
    if (known !== void 0) return known;
    const made = tf21.keep(tf21.tidy(compute2));
    this.#derived.set(name, made);
    return made;
  }
  release() {
    if (--this.references > 0) return;
    tf21.dispose([this.base, this.left, this.right, ...this.#derived.values()]);
  }
};
var LowRankMatrix = class _LowRankMatrix {
  #factors;
  #transposed;
  /** Axes of length 1 in front of rows and columns; some operations add and remove them. */
  #leading;
  constructor(factors, transposed, leading) {
    this.#factors = factors;
    this.#transposed = transposed;
    this.#leading = leading;
  }
  /** Takes over `base [rows, columns]`, `left [size, rows, rank]` and `right [size, columns, rank]`. */
  static of(base, left, right) {
    const own = (tensor5) => tf21.keep(tensor5.kept ? tf21.reshape(tensor5, tensor5.shape) : tensor5);
    return new _LowRankMatrix(new Factors(own(base), own(left), own(right)), false, 0);
  }
  /** `[rows, columns]` of this view. */
  get sides() {
    const [rows = 1, columns = 1] = this.#factors.base.shape;
    return this.#transposed ? [columns, rows] : [rows, columns];
  }
  /** `[rows, columns]`, with leading axes of length 1 if the view has them. */
  get shape() {
    return [...Array.from({ length: this.#leading }, () => 1), ...this.sides];
  }
  /** The shared part, `[rows, columns]`. */
  get base() {
    const { base } = this.#factors;
    return this.#transposed ? this.#factors.derive("base\u1D40", () => tf21.transpose(base)) : base;
  }
  /** `[size, rows, rank]` */
  get rowFactors() {
    return this.#transposed ? this.#factors.right : this.#factors.left;
  }
  /** `[size, columns, rank]` */
  get columnFactors() {
    return this.#transposed ? this.#factors.left : this.#factors.right;
  }
  /** The same factors seen as the transposed matrices; a reference of its own. */
  transpose() {
    return this.#view(!this.#transposed, 0);
  }
  /** The same matrices with other leading axes of length 1, a reference of its own; undefined for any other shape. */
  reshape(shape) {
    const leading = shape.length - 2;
    const same = tf21.util.arraysEqual(shape.slice(-2), [...this.sides]);
    return same && shape.slice(0, -2).every((side) => side === 1) ? this.#view(this.#transposed, leading) : void 0;
  }
  #view(transposed, leading) {
    this.#factors.references++;
    return new _LowRankMatrix(this.#factors, transposed, leading);
  }
  /** Another reference to the same matrices. */
  retain() {
    this.#factors.references++;
    return this;
  }
  release() {
    this.#factors.release();
  }
  /** All matrices, `[size, ...shape]`, computed at most once; borrowed. */
  dense() {
    const factors = this.#factors;
    const { base, left, right } = factors;
    const upright2 = factors.derive("dense", () => {
      countMaterialised();
      return tf21.add(tf21.matMul(left, right, false, true), base);
    });
    const dense = this.#transposed ? factors.derive("dense\u1D40", () => tf21.transpose(upright2, [0, 2, 1])) : upright2;
    if (this.#leading === 0) return dense;
    const shape = [left.shape[0] ?? 1, ...this.shape];
    return factors.derive(`dense [${String(shape)}]`, () => tf21.reshape(dense, shape));
  }
};

// src/vmap/batched-tensor.ts
var READ_REMEDY = "it has another value for every element of the batch; return the tensor and read it outside, or compute with tensors (tf.where instead of if).";
var BatchedData = class {
  constructor(axis, content) {
    this.axis = axis;
    this.#content = content;
  }
  axis;
  #references = 1;
  #content;
  get lowRank() {
    return this.#content instanceof LowRankMatrix ? this.#content : void 0;
  }
  /** `[size, ...shape]`; owned by this object. */
  get inner() {
    return this.#content instanceof LowRankMatrix ? this.#content.dense() : this.#content;
  }
  retain() {
    this.#references++;
  }
  /** True when nothing refers to the data any more and it is gone. */
  release() {
    if (--this.#references > 0) return false;
    if (this.#content instanceof LowRankMatrix) this.#content.release();
    else this.#content.dispose();
    return true;
  }
  /** A read concerns this axis and every axis below it. */
  refuseRead(operation) {
    const below = this.lowRank === void 0 ? batchedData(this.inner) : void 0;
    below?.refuseRead(operation);
    return this.axis.refuse(operation, READ_REMEDY);
  }
};
var BatchedStorage = class extends tf22.KernelBackend {
  readSync(dataId) {
    throw refusedRead(dataId, "dataSync() (or arraySync(), bufferSync(), toString())");
  }
  async read(dataId) {
    throw refusedRead(dataId, "data() (or array(), buffer())");
  }
  readToGPU(dataId) {
    throw refusedRead(dataId, "dataToGPU()");
  }
  incRef(dataId) {
    if (dataId instanceof BatchedData) dataId.retain();
  }
  disposeData(dataId) {
    return dataId instanceof BatchedData && dataId.release();
  }
};
function refusedRead(dataId, operation) {
  return dataId instanceof BatchedData ? dataId.refuseRead(operation) : new TypeError("Not a batched tensor.");
}
var storage2 = new BatchedStorage();
function batchedData(tensor5) {
  return tensor5.dataId instanceof BatchedData ? tensor5.dataId : void 0;
}
function batchAxisOf(tensor5) {
  return batchedData(tensor5)?.axis;
}
function innerOf(tensor5, axis) {
  const data = batchedData(tensor5);
  return data?.axis === axis ? data.inner : void 0;
}
function lowRankOf(tensor5, axis) {
  const data = batchedData(tensor5);
  return data?.axis === axis ? data.lowRank : void 0;
}
function wrap(axis, inner) {
  const owned = tf22.keep(inner.kept ? tf22.reshape(inner, inner.shape) : inner);
  return makeTensor2(new BatchedData(axis, owned), owned.shape.slice(1), owned.dtype);
}
function wrapLowRank(axis, matrix) {
  return makeTensor2(new BatchedData(axis, matrix), matrix.shape, "float32");
}
function share(tensor5) {
  batchedData(tensor5)?.retain();
  return makeTensor2(tensor5.dataId, tensor5.shape, tensor5.dtype);
}
function makeTensor2(dataId, shape, dtype) {
  return tfjsEngine.makeTensorFromDataId(dataId, [...shape], dtype, storage2);
}

// src/population/batched-metric.ts
var BATCHED_METRIC = /* @__PURE__ */ Symbol.for("hyperfunc.batchedMetric");
function batchedFormOf(metric2) {
  if (typeof metric2 !== "object" && typeof metric2 !== "function" || metric2 === null) return void 0;
  const form = Reflect.get(metric2, BATCHED_METRIC);
  return typeof form === "function" ? form : void 0;
}

// src/population/call-batch.ts
import * as tf40 from "@tensorflow/tfjs-core";

// src/population/cell-tree.ts
import * as tf25 from "@tensorflow/tfjs-core";

// src/population/row-tensor.ts
import * as tf24 from "@tensorflow/tfjs-core";
var RowTensor = class extends tf24.Tensor {
  constructor(batch, candidate, column) {
    super(batch.shape, batch.dtype, NO_DATA, tfjsEngine.nextTensorId());
    this.batch = batch;
    this.candidate = candidate;
    this.column = column;
  }
  batch;
  candidate;
  column;
  dataSync() {
    this.throwIfDisposed();
    return cut(this, this.batch.readSync());
  }
  async data() {
    this.throwIfDisposed();
    return cut(this, await this.batch.read());
  }
  async bytes() {
    return new Uint8Array((await this.data()).buffer);
  }
  [OUTLIVES]() {
    this.batch.outliveSession();
  }
};
var NO_DATA = {};
function cut({ batch, candidate, column }, all) {
  const offset = batch.offset(candidate, column);
  return all.slice(offset, offset + batch.size);
}
function rowTensor(batch, { candidate, column }) {
  return new RowTensor(batch, candidate, column);
}
function rowOf(tensor5) {
  return tensor5.constructor === RowTensor ? tensor5 : void 0;
}

// src/population/cell-tree.ts
function overlay2(values, stack5, path) {
  const [first] = values;
  const tensors = values.filter((value) => value instanceof tf25.Tensor);
  if (tensors.length === values.length) return stack5(tensors, path);
  if (!values.some(holdsTensors)) {
    const other = values.find((value) => firstDifference(first, value, path) !== void 0);
    if (other === void 0) return { kind: "same", value: first };
    return different(values, `${firstDifference(first, other, path) ?? path} differs between runs and is no tensor`);
  }
  const lists = values.filter((value) => Array.isArray(value));
  if (lists.length === values.length) return overlayLists(lists, stack5, path);
  const objects = values.filter(isPlainObject);
  if (objects.length === values.length) return overlayObjects(objects, stack5, path);
  return different(values, `${nameOf2(path)} is a tensor in some runs and something else in others`);
}
function overlayLists(lists, stack5, path) {
  const length = lists[0]?.length ?? 0;
  if (lists.some((list) => list.length !== length)) {
    return different(lists, `${nameOf2(path)} has different lengths in different runs`);
  }
  const items = Array.from(
    { length },
    (_, index) => overlay2(
      lists.map((list) => list[index]),
      stack5,
      `${path}[${index}]`
    )
  );
  return { kind: "list", items };
}
function overlayObjects(objects, stack5, path) {
  const keys = Object.keys(objects[0] ?? {});
  const same = objects.every((object) => String(Object.keys(object)) === String(keys));
  if (!same) return different(objects, `${nameOf2(path)} has different keys in different runs`);
  const entries = keys.map((key) => {
    const values = objects.map((object) => object[key]);
    return [key, overlay2(values, stack5, keyPath(path, key))];
  });
  return { kind: "object", entries };
}
function different(values, reason) {
  return { kind: "different", reason, values };
}
function treeOf(value, toBatch2) {
  if (value instanceof tf25.Tensor) return { kind: "batch", batch: toBatch2(value) };
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => treeOf(item, toBatch2)) };
  if (!isPlainObject(value)) return { kind: "same", value };
  return { kind: "object", entries: Object.entries(value).map(([key, item]) => [key, treeOf(item, toBatch2)]) };
}
function cellOf(tree, place, index) {
  switch (tree.kind) {
    case "batch":
      return rowTensor(tree.batch, place);
    case "same":
      return tree.value;
    case "list":
      return tree.items.map((item) => cellOf(item, place, index));
    case "object": {
      const value = {};
      for (const [key, item] of tree.entries) value[key] = cellOf(item, place, index);
      return value;
    }
    case "different":
      return tree.values[index];
  }
}
function wholeOf(tree, frame, wrap2) {
  switch (tree.kind) {
    case "batch":
      return wrap2(tree.batch);
    case "same":
      return tree.value;
    case "list":
      return tree.items.map((item) => wholeOf(item, frame, wrap2));
    case "object":
      return Object.defineProperties(
        {},
        Object.fromEntries(tree.entries.map(([key, item]) => [key, propertyOf(item, frame, wrap2)]))
      );
    case "different":
      throw refusal(tree.reason, frame);
  }
}
function propertyOf(tree, frame, wrap2) {
  const common = { enumerable: true, configurable: true };
  if (tree.kind !== "different") return { ...common, writable: true, value: wholeOf(tree, frame, wrap2) };
  return {
    ...common,
    get() {
      throw refusal(tree.reason, frame);
    }
  };
}
function refusal(reason, frame) {
  return frame.columns.refuse(`The input ${reason}`, "pass it as a tensor, or let the runs go one by one.");
}
function holdsTensors(value) {
  if (value instanceof tf25.Tensor) return true;
  if (Array.isArray(value)) return value.some(holdsTensors);
  return isPlainObject(value) && Object.values(value).some(holdsTensors);
}
function firstDifference(a, b, path) {
  if (Object.is(a, b)) return void 0;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (let index = 0; index < a.length; index++) {
      if (firstDifference(a[index], b[index], path) !== void 0) return nameOf2(path);
    }
    return void 0;
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    for (const key of /* @__PURE__ */ new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(a[key], b[key], keyPath(path, key));
      if (found !== void 0) return found;
    }
    return void 0;
  }
  return isSameView(a, b) ? void 0 : `${nameOf2(path)} (${show2(a)}, ${show2(b)})`;
}
function isSameView(a, b) {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.byteLength !== b.byteLength) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const other = bytes(b);
  return bytes(a).every((byte, index) => byte === other[index]);
}
function keyPath(path, key) {
  return path === "" ? key : `${path}.${key}`;
}
function nameOf2(path) {
  return path === "" ? "itself" : `"${path}"`;
}
function show2(value) {
  if (typeof value === "string") return JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}\u2026` : value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

// src/population/batch.ts
import * as tf26 from "@tensorflow/tfjs-core";
var Batch = class _Batch {
  /** Shape of one cell. */
  shape;
  dtype;
  /** Numbers per cell. */
  size;
  /** The number of candidates, or 1 when all have the same values. */
  candidates;
  /** The number of columns, or 1 when all have the same values. */
  columns;
  /** Results of operations on this batch, by operation. */
  results = /* @__PURE__ */ new Map();
  frame;
  #workshop;
  #tensor;
  #values;
  #reading;
  constructor(frame, shape, dtype, workshop) {
    const [candidates = 1, columns = 1, ...cell] = shape;
    this.frame = frame;
    this.candidates = candidates;
    this.columns = columns;
    this.shape = cell;
    this.dtype = dtype;
    this.size = cell.reduce((product, side) => product * side, 1);
    this.#workshop = workshop;
  }
  /** From a tensor `[candidates or 1, columns or 1, ...shape]` that the workshop owns. */
  static ofTensor(tensor5, frame, workshop) {
    const batch = new _Batch(frame, tensor5.shape, tensor5.dtype, workshop);
    batch.#tensor = tensor5;
    return batch;
  }
  /** From host values in the same order; uploaded when something computes with them, if there is a workshop. */
  static ofValues(values, shape, dtype, frame, workshop) {
    const batch = new _Batch(frame, shape, dtype, workshop);
    batch.#values = values;
    return batch;
  }
  /** Where operations on the whole batch are computed; undefined once its session is over. */
  get workshop() {
    return this.#workshop?.isOpen === true ? this.#workshop : void 0;
  }
  /** `[candidates or 1, columns or 1, ...shape]`; borrowed. Needs an open workshop. */
  tensor(workshop) {
    return this.#tensor ??= workshop.make(
      () => tf26.tensor(this.#values ?? [], [this.candidates, this.columns, ...this.shape], this.dtype)
    );
  }
  /** All values, read at most once. */
  readSync() {
    return this.#values ??= this.#alive().dataSync();
  }
  read() {
    if (this.#values !== void 0) return Promise.resolve(this.#values);
    return this.#reading ??= this.#alive().data().then((values) => this.#values = values);
  }
  get isRead() {
    return this.#values !== void 0;
  }
  /** Position of a cell in the values. */
  offset(candidate, column) {
    return ((this.candidates === 1 ? 0 : candidate) * this.columns + (this.columns === 1 ? 0 : column)) * this.size;
  }
  /** The values stay readable after the session. */
  outliveSession() {
    if (!this.isRead) this.#workshop?.retain(this);
  }
  #alive() {
    if (this.#tensor !== void 0 && !this.#tensor.isDisposed) return this.#tensor;
    throw new HyperfuncError(
      "INVALID_STATE",
      "This tensor belonged to an evaluation that is over; return it from run(), or read it before."
    );
  }
};

// src/population/row-operations.ts
import * as tf38 from "@tensorflow/tfjs-core";

// src/backend/can-read-sync.ts
function canReadSync() {
  return tfjsEngine.backendName !== "webgpu";
}

// src/vmap/kernel-hook.ts
var interceptors = [];
function interceptKernels(interceptor) {
  if (interceptors.length === 0) install();
  interceptors.unshift(interceptor);
}
function install() {
  const original = tfjsEngine.runKernel.bind(tfjsEngine);
  tfjsEngine.runKernel = (kernel, inputs, attributes) => {
    for (const interceptor of interceptors) {
      const result2 = interceptor(kernel, inputs, attributes);
      if (result2 !== void 0) return result2;
    }
    return original(kernel, inputs, attributes);
  };
}

// src/vmap/dispatch.ts
import * as tf37 from "@tensorflow/tfjs-core";

// src/vmap/fallback.ts
import * as tf27 from "@tensorflow/tfjs-core";
function loop(call) {
  countFallback(call.kernel);
  const names = Object.keys(call.inputs);
  const rows = names.map((name) => rowsOf(call, Reflect.get(call.inputs, name)));
  const results = Array.from({ length: call.size }, (_, element) => {
    const operands = rows.map((row) => row?.[element % row.length]);
    const inputs = Array.isArray(call.inputs) ? operands : Object.fromEntries(names.map((name, i) => [name, operands[i]]));
    return call.run(inputs, call.attributes);
  });
  const [first] = results;
  if (!Array.isArray(first)) return stackResults(call, results);
  return first.map((_, index) => stackResults(call, results.flatMap((result2) => [result2].flat()[index] ?? [])));
}
function rowsOf(call, input) {
  const inner = input && call.inner(input);
  return inner === void 0 ? [input] : tf27.unstack(inner);
}
function stackResults(call, results) {
  const [first] = results;
  const different2 = results.find(({ shape }) => String(shape) !== String(first?.shape));
  if (different2 === void 0) return tf27.stack([...results]);
  throw call.axis.refuse(
    `${call.kernel} gives results of different shapes, [${String(first?.shape)}] and [${different2.shape}],`,
    "the shape of a result must not depend on values."
  );
}

// src/vmap/kernel-call.ts
import * as tf28 from "@tensorflow/tfjs-core";
var KernelCall = class {
  constructor(kernel, axis, inputs, attributes) {
    this.kernel = kernel;
    this.axis = axis;
    this.inputs = inputs;
    this.attributes = attributes;
  }
  kernel;
  axis;
  inputs;
  attributes;
  get size() {
    return this.axis.size;
  }
  /** `[size, ...shape]`, or undefined when all elements share the operand. Borrowed. */
  inner(operand) {
    return innerOf(operand, this.axis);
  }
  isBatched(operand) {
    return operand !== void 0 && batchAxisOf(operand) === this.axis;
  }
  /** The factors of a matrix that exists only in factors; looking does not materialise it. */
  lowRank(operand) {
    return operand.rank === 2 ? lowRankOf(operand, this.axis) : void 0;
  }
  /** `[size, ...shape]`, or `[1, ...shape]` for a shared operand; for operations that broadcast. */
  stacked(operand) {
    return this.inner(operand) ?? tf28.expandDims(operand, 0);
  }
  /** `[size, ...shape]` always; for operations that do not broadcast. */
  full(operand) {
    return this.inner(operand) ?? repeat(operand, this.size);
  }
  /** Executes the same kernel on other operands. */
  run(inputs, attributes = {}) {
    return tfjsEngine.runKernel(this.kernel, inputs, attributes);
  }
};
function repeat(tensor5, times) {
  const row = tf28.expandDims(tensor5, 0);
  return times === 1 ? row : tf28.tile(row, [times, ...tensor5.shape.map(() => 1)]);
}
function axesOf(axis, rank) {
  if (axis === void 0 || axis === null) return Array.from({ length: rank }, (_, index) => index);
  return [axis].flat().map((index) => index < 0 ? index + rank : index);
}

// src/vmap/rules/binary.ts
import * as tf29 from "@tensorflow/tfjs-core";
var BINARY = [
  tf29.Add,
  tf29.Atan2,
  tf29.BitwiseAnd,
  tf29.Equal,
  tf29.FloorDiv,
  tf29.Greater,
  tf29.GreaterEqual,
  tf29.Less,
  tf29.LessEqual,
  tf29.LogicalAnd,
  tf29.LogicalOr,
  tf29.LogicalXor,
  tf29.Maximum,
  tf29.Minimum,
  tf29.Mod,
  tf29.Multiply,
  tf29.NotEqual,
  tf29.Pow,
  tf29.RealDiv,
  tf29.SquaredDifference,
  tf29.Sub
];
function alignTo(rank, operand, call) {
  const inner = call.inner(operand);
  if (inner === void 0 || operand.rank === rank) return inner ?? operand;
  const padding = Array.from({ length: rank - operand.rank }, () => 1);
  return tf29.reshape(inner, [call.size, ...padding, ...operand.shape]);
}
var binaryRules = [
  ...batched(BINARY, (call) => {
    const { a, b } = call.inputs;
    const rank = Math.max(a.rank, b.rank);
    return call.run({ a: alignTo(rank, a, call), b: alignTo(rank, b, call) }, call.attributes);
  }),
  ...rewritten(
    [tf29.AddN],
    ({ inputs: [first, ...rest] }) => rest.reduce((sum2, tensor5) => tf29.add(sum2, tensor5), tf29.clone(first ?? 0))
  ),
  // tfjs-wasm's kernel only knows one slope per channel.
  ...rewritten(
    [tf29.Prelu],
    ({ inputs: { x, alpha } }) => tf29.sub(tf29.relu(x), tf29.mul(alpha, tf29.relu(tf29.neg(x))))
  )
];

// src/vmap/rules/elementwise.ts
import * as tf30 from "@tensorflow/tfjs-core";
var UNARY = [
  tf30.Abs,
  tf30.Acos,
  tf30.Acosh,
  tf30.Asin,
  tf30.Asinh,
  tf30.Atan,
  tf30.Atanh,
  tf30.Cast,
  tf30.Ceil,
  tf30.ClipByValue,
  tf30.Cos,
  tf30.Cosh,
  tf30.Elu,
  tf30.Erf,
  tf30.Exp,
  tf30.Expm1,
  tf30.Floor,
  tf30.IsFinite,
  tf30.IsInf,
  tf30.IsNan,
  tf30.LeakyRelu,
  tf30.Log,
  tf30.Log1p,
  tf30.LogicalNot,
  tf30.Neg,
  tf30.Reciprocal,
  tf30.Relu,
  tf30.Relu6,
  tf30.Round,
  tf30.Rsqrt,
  tf30.Selu,
  tf30.Sigmoid,
  tf30.Sign,
  tf30.Sin,
  tf30.Sinh,
  tf30.Softplus,
  tf30.Sqrt,
  tf30.Square,
  tf30.Step,
  tf30.Tan,
  tf30.Tanh
];
var elementwiseRules = [
  ...batched(
    UNARY,
    (call) => call.run({ x: call.stacked(call.inputs.x) }, call.attributes)
  ),
  ...batched(
    [tf30.OneHot],
    (call) => call.run({ indices: call.stacked(call.inputs.indices) }, { ...call.attributes })
  ),
  ...rewritten([tf30.Identity], ({ inputs }) => share(inputs.x)),
  ...rewritten([tf30.ZerosLike], ({ inputs: { x } }) => tf30.zeros(x.shape, x.dtype)),
  ...rewritten([tf30.OnesLike], ({ inputs: { x } }) => tf30.ones(x.shape, x.dtype))
];

// src/vmap/rules/image.ts
import * as tf33 from "@tensorflow/tfjs-core";

// src/vmap/rules/matmul.ts
import * as tf32 from "@tensorflow/tfjs-core";

// src/vmap/low-rank-matmul.ts
import * as tf31 from "@tensorflow/tfjs-core";
function lowRankMatMul(x, matrix) {
  const { base, rowFactors, columnFactors } = matrix;
  const projected = x.rank === 2 ? projectShared(x, rowFactors) : tf31.matMul(x, rowFactors);
  const change = tf31.matMul(projected, columnFactors, false, true);
  return tf31.add(change, productWithShared(x, base));
}
function projectShared(x, factors) {
  const [size = 1, rows = 1, rank = 1] = factors.shape;
  const sideBySide = tf31.reshape(tf31.transpose(factors, [1, 0, 2]), [rows, size * rank]);
  const projected = tf31.reshape(tf31.matMul(x, sideBySide), [x.shape[0] ?? 1, size, rank]);
  return tf31.transpose(projected, [1, 0, 2]);
}
function productWithShared(x, shared) {
  const leading = x.shape.slice(0, -1);
  const rows = tf31.reshape(x, [leading.reduce((product, side) => product * side, 1), shared.shape[0] ?? 1]);
  return tf31.reshape(tf31.matMul(rows, shared), [...leading, shared.shape[1] ?? 1]);
}

// src/vmap/rules/matmul.ts
var matmulRules = [
  ...batched([tf32.BatchMatMul], matMul6),
  // The activation is applied after the batched sum, where the bias may have one value per element.
  ...rewritten([tf32._FusedMatMul], ({ inputs, attributes }) => {
    const { a, b, bias, preluActivationWeights } = inputs;
    const { transposeA, transposeB } = attributes;
    const product = productOfStacks(a, b, transposeA, transposeB);
    const sum2 = bias === void 0 || bias === null ? product : tf32.add(product, bias);
    return activate(sum2, attributes.activation, preluActivationWeights, attributes.leakyreluAlpha);
  })
];
function productOfStacks(a, b, transposeA, transposeB) {
  const [stackA = 1, stackB = 1] = [a.shape[0], b.shape[0]];
  const single = (matrix) => tf32.reshape(matrix, matrix.shape.slice(1));
  const product = tf32.matMul(stackA === 1 ? single(a) : a, stackB === 1 ? single(b) : b, transposeA, transposeB);
  return stackA === 1 && stackB === 1 ? tf32.expandDims(product, 0) : product;
}
function matMul6(call) {
  const { a, b } = call.inputs;
  const { transposeA, transposeB } = call.attributes;
  const left = oriented(call.lowRank(a), transposeA);
  const right = oriented(call.lowRank(b), transposeB);
  try {
    if (left !== void 0 && right !== void 0) return productOfLowRank(left, right);
    if (right !== void 0) return withLowRank(call, a, transposeA, right);
    if (left !== void 0) return fromLowRank(call, left, b, transposeB);
  } finally {
    left?.release();
    right?.release();
  }
  const x = withMatrixAxes(call.inner(a) ?? a, transposeA);
  const y = withMatrixAxes(call.inner(b) ?? b, transposeB);
  if (!call.isBatched(b) && b.rank === 2) return productWithShared(x, y);
  if (!call.isBatched(a) && a.rank === 2 && b.rank === 2) return sharedTimesEach(x, y);
  return eachTimesEach(call, x, y);
}
function oriented(matrix, transposed) {
  return transposed ? matrix?.transpose() : matrix?.retain();
}
function withMatrixAxes(tensor5, transposed) {
  if (!transposed) return tensor5;
  const axes = Array.from({ length: tensor5.rank }, (_, index) => index);
  return tf32.transpose(tensor5, [...axes.slice(0, -2), tensor5.rank - 1, tensor5.rank - 2]);
}
function withLowRank(call, operand, transposed, matrix) {
  const inner = call.inner(operand);
  const x = withMatrixAxes(inner ?? operand, transposed);
  const leading = x.shape.slice(inner === void 0 ? 0 : 1, -1);
  const count = leading.reduce((product, side) => product * side, 1);
  const [rows, columns] = matrix.sides;
  const merged2 = tf32.reshape(x, inner === void 0 ? [count, rows] : [call.size, count, rows]);
  return tf32.reshape(lowRankMatMul(merged2, matrix), [call.size, ...leading, columns]);
}
function fromLowRank(call, matrix, operand, transposed) {
  const flipped = matrix.transpose();
  try {
    return withMatrixAxes(withLowRank(call, operand, !transposed, flipped), true);
  } finally {
    flipped.release();
  }
}
function productOfLowRank(left, right) {
  const rows = tf32.concat([left.rowFactors, lowRankTimesEach(left, right.rowFactors)], 2);
  const transposedBase = tf32.transpose(right.base);
  const columns = tf32.concat([sharedTimesEach(transposedBase, left.columnFactors), right.columnFactors], 2);
  return LowRankMatrix.of(tf32.matMul(left.base, right.base), rows, columns);
}
function lowRankTimesEach(matrix, y) {
  const change = tf32.matMul(matrix.rowFactors, tf32.matMul(matrix.columnFactors, y, true, false));
  return tf32.add(change, sharedTimesEach(matrix.base, y));
}
function sharedTimesEach(x, y) {
  const [size = 1, k = 1, n = 1] = y.shape;
  const sideBySide = tf32.reshape(tf32.transpose(y, [1, 0, 2]), [k, size * n]);
  return tf32.transpose(tf32.reshape(tf32.matMul(x, sideBySide), [x.shape[0] ?? 1, size, n]), [1, 0, 2]);
}
function eachTimesEach(call, x, y) {
  const { a, b } = call.inputs;
  const leading = tf32.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const merge = (tensor5, operand) => {
    const [rows = 1, columns = 1] = tensor5.shape.slice(-2);
    const own = operand.shape.slice(0, -2);
    const padding = Array.from({ length: leading.length - own.length }, () => 1);
    const size = call.isBatched(operand) ? call.size : 1;
    const lined = tf32.reshape(tensor5, [size, ...padding, ...own, rows, columns]);
    const target = [call.size, ...leading];
    const repetitions = target.map((side, axis) => side / (lined.shape[axis] ?? 1));
    const complete = repetitions.every((times) => times === 1) ? lined : tf32.tile(lined, [...repetitions, 1, 1]);
    return tf32.reshape(complete, [target.reduce((product2, side) => product2 * side, 1), rows, columns]);
  };
  const product = tf32.matMul(merge(x, a), merge(y, b));
  return tf32.reshape(product, [call.size, ...leading, ...product.shape.slice(1)]);
}
function activate(x, activation, preluWeights, leakyAlpha) {
  switch (activation ?? "linear") {
    case "linear":
      return x;
    case "relu":
      return tf32.relu(x);
    case "elu":
      return tf32.elu(x);
    case "relu6":
      return tf32.relu6(x);
    case "prelu":
      return preluWeights ? tf32.prelu(x, preluWeights) : x;
    case "leakyrelu":
      return tf32.leakyRelu(x, leakyAlpha);
    case "sigmoid":
      return tf32.sigmoid(x);
    default:
      throw new TypeError(`Unknown activation "${String(activation)}".`);
  }
}

// src/vmap/rules/image.ts
var IMAGE_INPUT = {
  [tf33.AvgPool]: "x",
  [tf33.AvgPool3D]: "x",
  [tf33.Conv3D]: "x",
  [tf33.DepthToSpace]: "x",
  [tf33.DepthwiseConv2dNative]: "x",
  [tf33.Dilation2D]: "x",
  [tf33.FlipLeftRight]: "image",
  [tf33.LRN]: "x",
  [tf33.MaxPool]: "x",
  [tf33.MaxPool3D]: "x",
  [tf33.ResizeBilinear]: "images",
  [tf33.ResizeNearestNeighbor]: "images",
  [tf33.RotateWithOffset]: "image"
};
var imageRules = [
  ...Object.entries(IMAGE_INPUT).flatMap(
    ([kernel, name]) => batched([kernel], (call) => withMergedImages(call, name))
  ),
  ...batched(
    [tf33.Conv2D],
    (call) => call.isBatched(call.inputs["filter"]) && !call.isBatched(call.inputs["x"]) ? withMergedFilters(call) : withMergedImages(call, "x")
  ),
  ...batched([tf33.Conv2DBackpropInput], (call) => {
    const [images, ...rest] = call.attributes.inputShape;
    return withMergedImages(call, "dy", { ...call.attributes, inputShape: [images * call.size, ...rest] });
  }),
  ...rewritten([tf33.FusedConv2D], ({ inputs, attributes }) => {
    const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
    const images = inputs.x;
    const filter = inputs.filter;
    return finish(tf33.conv2d(images, filter, strides, pad, dataFormat, dilations, dimRoundingMode), inputs, attributes);
  }),
  ...rewritten(
    [tf33.FusedDepthwiseConv2D],
    ({ inputs, attributes }) => {
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
      const images = inputs.x;
      const filter = inputs.filter;
      const result2 = tf33.depthwiseConv2d(images, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
      return finish(result2, inputs, attributes);
    }
  ),
  ...rewritten([tf33.FusedBatchNorm], ({ inputs, attributes }) => {
    const { x, mean: mean2, variance, offset, scale } = inputs;
    if (x === void 0 || mean2 === void 0 || variance === void 0) throw new TypeError("batchNorm lacks inputs.");
    const factor = tf33.rsqrt(tf33.add(variance, attributes.varianceEpsilon));
    const normal = tf33.mul(tf33.sub(x, mean2), scale ? tf33.mul(factor, scale) : factor);
    return offset ? tf33.add(normal, offset) : normal;
  })
];
function finish(result2, inputs, attributes) {
  const sum2 = inputs.bias ? tf33.add(result2, inputs.bias) : result2;
  return activate(sum2, attributes.activation, inputs.preluActivationWeights, attributes.leakyreluAlpha);
}
function withMergedImages(call, name, attributes = { ...call.attributes }) {
  const inputs = call.inputs;
  const images = inputs[name];
  const filtersDiffer = Object.values(inputs).some((input) => input !== images && call.isBatched(input));
  if (images === void 0 || filtersDiffer) return loop(call);
  const [count = 1, ...rest] = images.shape;
  const merged2 = tf33.reshape(call.full(images), [call.size * count, ...rest]);
  const result2 = call.run({ ...inputs, [name]: merged2 }, attributes);
  return tf33.reshape(result2, [call.size, count, ...result2.shape.slice(1)]);
}
function withMergedFilters(call) {
  const { x, filter } = call.inputs;
  if (x === void 0 || filter === void 0) throw new TypeError("conv2d lacks inputs.");
  const [height = 1, width = 1, channels = 1, out = 1] = filter.shape;
  const merged2 = tf33.reshape(tf33.transpose(call.full(filter), [1, 2, 3, 0, 4]), [height, width, channels, call.size * out]);
  const result2 = call.run({ x, filter: merged2 }, call.attributes);
  const [images = 1, ...position] = result2.shape.slice(0, -1);
  const split2 = tf33.reshape(result2, [images, ...position, call.size, out]);
  return tf33.transpose(split2, [3, 0, 1, 2, 4]);
}

// src/vmap/rules/reduction.ts
import * as tf34 from "@tensorflow/tfjs-core";
function reducible(call, axis) {
  const { x } = call.inputs;
  const inner = call.stacked(x);
  if (x.rank === 0) return { x: tf34.expandDims(inner, 1), axes: [1] };
  return { x: inner, axes: axesOf(axis, x.rank).map((index) => index + 1) };
}
var reductionRules = [
  ...batched(
    [tf34.Sum, tf34.Mean, tf34.Min, tf34.Prod, tf34.All, tf34.Any],
    (call) => {
      const { x, axes } = reducible(call, call.attributes.axis);
      return call.run({ x }, { axis: axes, keepDims: call.attributes.keepDims === true && call.inputs.x.rank > 0 });
    }
  ),
  ...batched([tf34.Max], (call) => {
    const { x, axes } = reducible(call, call.attributes.reductionIndices);
    const keepDims = call.attributes.keepDims === true && call.inputs.x.rank > 0;
    return call.run({ x }, { reductionIndices: axes, keepDims });
  }),
  ...batched([tf34.ArgMax, tf34.ArgMin], (call) => {
    const { x, axes } = reducible(call, call.attributes.axis ?? 0);
    return call.run({ x }, { axis: axes[0] });
  }),
  ...batched([tf34.Softmax], (call) => {
    const { logits } = call.inputs;
    const [dim = 0] = axesOf(call.attributes.dim, logits.rank);
    return call.run({ logits: call.stacked(logits) }, { dim: dim + 1 });
  }),
  ...batched([tf34.LogSoftmax], (call) => {
    const { logits } = call.inputs;
    const [axis = 0] = axesOf(call.attributes.axis, logits.rank);
    return call.run({ logits: call.stacked(logits) }, { axis: axis + 1 });
  }),
  ...batched([tf34.Cumsum, tf34.Cumprod], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.x.rank);
    return call.run({ x: call.stacked(call.inputs.x) }, { ...call.attributes, axis: axis + 1 });
  }),
  ...batched(
    [tf34.TopK],
    (call) => call.run({ x: call.stacked(call.inputs.x) }, { ...call.attributes })
  )
];

// src/vmap/rules/selection.ts
import * as tf35 from "@tensorflow/tfjs-core";
var selectionRules = [
  // tf.where has brought its operands to one shape already.
  ...batched([tf35.Select], (call) => {
    const { condition, t, e } = call.inputs;
    return tf35.where(call.full(condition), call.full(t), call.full(e));
  }),
  ...batched([tf35.GatherV2], (call) => {
    const { x, indices } = call.inputs;
    const [axis = 0] = axesOf(call.attributes.axis, x.rank);
    const { batchDims } = call.attributes;
    const matrix = batchDims === 0 && axis === 0 ? call.lowRank(x) : void 0;
    if (matrix !== void 0) return gatherRows(call, matrix, indices);
    if (!call.isBatched(indices) && batchDims === 0) return tf35.gather(call.stacked(x), indices, axis + 1);
    if (!call.isBatched(x) && batchDims === 0) return gatherShared(call, axis);
    return tf35.gather(call.full(x), call.full(indices), axis + 1, batchDims + 1);
  }),
  ...batched([tf35.GatherNd], (call) => {
    const { params, indices } = call.inputs;
    if (!call.isBatched(params)) return tf35.gatherND(params, call.stacked(indices));
    const index = call.full(indices);
    const shape = [...index.shape.slice(0, -1), 1];
    const element = tf35.reshape(tf35.range(0, call.size, 1, "int32"), [call.size, ...shape.slice(1).map(() => 1)]);
    const elements = tf35.tile(element, [1, ...shape.slice(1)]);
    return tf35.gatherND(call.stacked(params), tf35.concat([elements, index], -1));
  })
];
function gatherShared(call, axis) {
  const { x, indices } = call.inputs;
  const found = tf35.gather(x, call.stacked(indices), axis);
  if (axis === 0) return found;
  const others = Array.from({ length: found.rank }, (_, index) => index).filter((index) => index !== axis);
  return tf35.transpose(found, [axis, ...others]);
}
function gatherRows(call, matrix, indices) {
  const [, columns] = matrix.sides;
  const own = call.inner(indices);
  const flat = tf35.reshape(own ?? indices, own === void 0 ? [indices.size] : [call.size, indices.size]);
  const rows = own === void 0 ? tf35.gather(matrix.rowFactors, flat, 1) : tf35.gather(matrix.rowFactors, flat, 1, 1);
  const change = tf35.matMul(rows, matrix.columnFactors, false, true);
  return tf35.reshape(tf35.add(change, tf35.gather(matrix.base, flat)), [call.size, ...indices.shape, columns]);
}

// src/vmap/rules/shape.ts
import * as tf36 from "@tensorflow/tfjs-core";
var { arraysEqual, inferFromImplicitShape, sizeFromShape } = tf36.util;
var shifted = (mask) => mask << 1;
var shapeRules = [
  ...batched([tf36.Reshape], (call) => {
    const { x } = call.inputs;
    const shape = inferFromImplicitShape([...call.attributes.shape], sizeFromShape(x.shape));
    return lowRankOf(x, call.axis)?.reshape(shape) ?? tf36.reshape(call.full(x), [call.size, ...shape]);
  }),
  ...batched([tf36.ExpandDims], (call) => {
    const { input } = call.inputs;
    const [dim = 0] = axesOf(call.attributes.dim, input.rank + 1);
    return tf36.expandDims(call.stacked(input), dim + 1);
  }),
  ...batched([tf36.Transpose], (call) => {
    const { x } = call.inputs;
    const { perm } = call.attributes;
    const matrix = call.lowRank(x);
    if (matrix !== void 0) return perm[0] === 1 ? matrix.transpose() : matrix.retain();
    return tf36.transpose(call.stacked(x), [0, ...perm.map((axis) => axis + 1)]);
  }),
  ...batched(
    [tf36.Tile],
    (call) => tf36.tile(call.stacked(call.inputs.x), [1, ...call.attributes.reps])
  ),
  ...batched([tf36.PadV2], (call) => {
    const { paddings, constantValue } = call.attributes;
    return call.run({ x: call.stacked(call.inputs.x) }, { paddings: [[0, 0], ...paddings], constantValue });
  }),
  ...batched([tf36.MirrorPad], (call) => {
    const { paddings, mode } = call.attributes;
    return call.run({ x: call.stacked(call.inputs.x) }, { paddings: [[0, 0], ...paddings], mode });
  }),
  ...batched([tf36.Reverse], (call) => {
    const { x } = call.inputs;
    const dims = axesOf(call.attributes.dims, x.rank).map((axis) => axis + 1);
    return dims.length === 0 ? call.stacked(x) : call.run({ x: call.stacked(x) }, { dims });
  }),
  ...batched([tf36.Slice], (call) => {
    const { x } = call.inputs;
    const [begin = [], size = []] = tf36.slice_util.parseSliceParams(x, call.attributes.begin, call.attributes.size);
    return tf36.slice(call.stacked(x), [0, ...begin], [call.size, ...size]);
  }),
  ...batched([tf36.StridedSlice], (call) => {
    const { begin, end, strides, ...masks } = call.attributes;
    return call.run(
      { x: call.stacked(call.inputs.x) },
      {
        begin: [0, ...begin],
        end: [call.size, ...end],
        strides: [1, ...strides],
        beginMask: shifted(masks.beginMask) | 1,
        endMask: shifted(masks.endMask) | 1,
        ellipsisMask: shifted(masks.ellipsisMask),
        newAxisMask: shifted(masks.newAxisMask),
        shrinkAxisMask: shifted(masks.shrinkAxisMask)
      }
    );
  }),
  ...batched([tf36.Concat], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, rankOfFirst(call));
    return tf36.concat(call.inputs.map((part) => call.full(part)), axis + 1);
  }),
  ...batched([tf36.Pack], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, rankOfFirst(call) + 1);
    return tf36.stack(call.inputs.map((part) => call.full(part)), axis + 1);
  }),
  ...batched([tf36.Unpack], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.value.rank);
    return tf36.unstack(call.stacked(call.inputs.value), axis + 1);
  }),
  ...batched([tf36.SplitV], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.x.rank);
    return tf36.split(call.stacked(call.inputs.x), call.attributes.numOrSizeSplits, axis + 1);
  }),
  ...rewritten(
    [tf36.BroadcastTo],
    ({ inputs: { x }, attributes }) => arraysEqual(x.shape, attributes.shape) ? share(x) : tf36.mul(x, tf36.ones(attributes.shape, x.dtype))
  )
];
function rankOfFirst(call) {
  return call.inputs[0]?.rank ?? 0;
}

// src/vmap/rules/rule-table.ts
var RULES = new Map([
  ...elementwiseRules,
  ...binaryRules,
  ...reductionRules,
  ...shapeRules,
  ...selectionRules,
  ...matmulRules,
  ...einsumRules,
  ...imageRules
]);

// src/vmap/dispatch.ts
interceptKernels((kernel, inputs, attributes) => {
  const axis = highestAxis(inputs);
  return axis === void 0 ? void 0 : dispatch(kernel, inputs, attributes, axis);
});
function highestAxis(inputs) {
  let highest;
  for (const name in inputs) {
    const input = Reflect.get(inputs, name);
    const axis = isTensor(input) ? batchAxisOf(input) : void 0;
    if (axis !== void 0 && axis.level > (highest?.level ?? 0)) highest = axis;
  }
  return highest;
}
function isTensor(input) {
  return typeof input === "object" && input !== null && "dataId" in input;
}
function dispatch(kernel, inputs, attributes, axis) {
  const taped = tfjsEngine.isTapeOn();
  tfjsEngine.state.kernelDepth++;
  let result2;
  try {
    result2 = tf37.tidy(() => applyRule(kernel, inputs, attributes, axis));
  } finally {
    tfjsEngine.state.kernelDepth--;
  }
  if (taped) recordOnTape(kernel, inputs, attributes, [result2].flat());
  return result2;
}
function applyRule(kernel, inputs, attributes, axis) {
  const call = new KernelCall(kernel, axis, inputs, attributes ?? {});
  const rule = RULES.get(kernel);
  if (rule?.kind === "rewritten") return rule.apply(call);
  const result2 = rule === void 0 ? loop(call) : rule.apply(call);
  if (result2 instanceof LowRankMatrix) return wrapLowRank(axis, result2);
  return Array.isArray(result2) ? result2.map((part) => wrap(axis, part)) : wrap(axis, result2);
}
function recordOnTape(kernel, inputs, attributes, outputs) {
  const saved = tfjsEngine.saveTensorsForBackwardMode(tfjsEngine.getTensorsForGradient(kernel, inputs, outputs));
  tfjsEngine.addTapeNode(kernel, inputs, outputs, null, saved, attributes);
}

// src/population/row-operations.ts
var SMALL_CONSTANT = 8;
var FREE_VARIANTS = 4;
var FINDS_PER_VARIANT = 4;
interceptKernels((kernel, inputs, attributes) => {
  for (const name in inputs) {
    const input = Reflect.get(inputs, name);
    if (isTensor2(input) && rowOf(input) !== void 0) return compute({ kernel, inputs, attributes });
  }
  return void 0;
});
function isTensor2(input) {
  return typeof input === "object" && input !== null && "dataId" in input;
}
function compute(operation) {
  const operands = operandsOf(operation);
  const workshop = operands?.batch.workshop;
  if (operands !== void 0 && workshop !== void 0) {
    const result2 = computeTogether(operation, operands, workshop);
    if (result2 instanceof Batch) return rowTensor(result2, operands.place);
    if (result2 !== void 0) return result2.map((batch) => rowTensor(batch, operands.place));
  }
  return computeAlone(operation);
}
function operandsOf({ kernel, inputs, attributes }) {
  const rows = [];
  let candidate;
  let column;
  let key = `${kernel} ${JSON.stringify(attributes ?? {})}`;
  let constants = "";
  for (const name in inputs) {
    const input = Reflect.get(inputs, name);
    if (!isTensor2(input)) continue;
    input.throwIfDisposed();
    const row = rowOf(input);
    if (row === void 0) {
      const constant = describeConstant(input);
      if (constant === void 0) return void 0;
      constants += ` ${constant}`;
      key += ` ${name}`;
      continue;
    }
    const { batch } = row;
    if (batch.frame !== (rows[0]?.batch ?? batch).frame) return void 0;
    if (batch.candidates > 1) {
      if ((candidate ??= row.candidate) !== row.candidate) return void 0;
    }
    if (batch.columns > 1) {
      if ((column ??= row.column) !== row.column) return void 0;
    }
    rows.push(row);
    key += ` ${name}:${numberOf(batch)}`;
  }
  const [first] = rows;
  if (first === void 0) return void 0;
  const place = { candidate: candidate ?? first.candidate, column: column ?? first.column };
  return { batch: first.batch, place, key, constants };
}
var lastNumber = 0;
var numbers = /* @__PURE__ */ new WeakMap();
function numberOf(batch) {
  const known = numbers.get(batch) ?? ++lastNumber;
  numbers.set(batch, known);
  return known;
}
function describeConstant(tensor5) {
  if (tensor5.dtype === "string" || tensor5.dtype === "complex64" || batchAxisOf(tensor5) !== void 0) return void 0;
  if (tensor5.size > SMALL_CONSTANT || !canReadSync()) return `#${tensor5.id}`;
  return `${tensor5.dtype}[${String(tensor5.shape)}]${String(tensor5.dataSync())}`;
}
function computeTogether(operation, { batch, key, constants }, workshop) {
  const variants = variantsOf(batch, key);
  const known = variants.byConstants.get(constants);
  if (known !== void 0) {
    variants.found++;
    return known;
  }
  const affordable = FREE_VARIANTS + variants.found / FINDS_PER_VARIANT;
  if (variants.refused || variants.byConstants.size >= affordable) return void 0;
  try {
    const made = computeBatch(operation, batch, workshop);
    variants.byConstants.set(constants, made);
    return made;
  } catch {
    variants.refused = true;
    return void 0;
  }
}
function variantsOf(batch, key) {
  const known = batch.results.get(key);
  if (known !== void 0) return known;
  const variants = { byConstants: /* @__PURE__ */ new Map(), found: 0, refused: false };
  batch.results.set(key, variants);
  return variants;
}
function computeBatch({ kernel, inputs, attributes }, { frame }, workshop) {
  const result2 = workshop.compute(() => {
    const wrapped = mapInputs(
      inputs,
      (input, row) => row === void 0 ? input : frame.wrap(row.batch.tensor(workshop))
    );
    const computed = tfjsEngine.runKernel(kernel, wrapped, attributes);
    return Array.isArray(computed) ? computed.map((part) => frame.unwrap(part)) : frame.unwrap(computed);
  });
  if (!Array.isArray(result2)) return Batch.ofTensor(result2, frame, workshop);
  return result2.map((part) => Batch.ofTensor(part, frame, workshop));
}
function computeAlone({ kernel, inputs, attributes }) {
  return tf38.tidy(
    () => tfjsEngine.runKernel(
      kernel,
      mapInputs(inputs, (input, row) => row === void 0 ? input : plainTensor(row)),
      attributes
    )
  );
}
function plainTensor(row) {
  const { batch } = row;
  const { workshop } = batch;
  if (batch.isRead || canReadSync() || workshop === void 0) return tf38.tensor(row.dataSync(), row.shape, row.dtype);
  const all = tf38.reshape(batch.tensor(workshop), [batch.candidates * batch.columns, ...batch.shape]);
  const index = batch.offset(row.candidate, row.column) / Math.max(batch.size, 1);
  return tf38.reshape(tf38.slice(all, index, 1), row.shape);
}
function mapInputs(inputs, change) {
  const replace = (input) => isTensor2(input) ? change(input, rowOf(input)) : input;
  if (Array.isArray(inputs)) return inputs.map(replace);
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, replace(input)]));
}

// src/population/outputs.ts
async function outputsOf(frame, workshop, output) {
  const batches = /* @__PURE__ */ new Map();
  const tree = treeOf(output, (tensor5) => {
    const batch = batches.get(tensor5) ?? toBatch(tensor5, frame, workshop);
    batches.set(tensor5, batch);
    return batch;
  });
  await Promise.all([...batches.values()].map((batch) => batch.read()));
  return Array.from(
    { length: frame.candidates.size },
    (_, candidate) => Array.from({ length: frame.columns.size }, (_cell, column) => cellOf(tree, { candidate, column }, 0))
  );
}
function toBatch(tensor5, frame, workshop) {
  const row = rowOf(tensor5);
  const made = workshop.compute(() => frame.unwrap(row === void 0 ? tensor5 : plainTensor(row)));
  return Batch.ofTensor(made, frame, workshop);
}

// src/population/stack-rows.ts
import * as tf39 from "@tensorflow/tfjs-core";
var knownRows = /* @__PURE__ */ new WeakMap();
function stackRows(stacking, tensors, path) {
  const [first] = tensors;
  if (first === void 0) return { kind: "same", value: void 0 };
  const aligned = alignedBatch(stacking, tensors);
  if (aligned !== void 0) return { kind: "batch", batch: aligned };
  for (const tensor5 of tensors) tensor5.throwIfDisposed();
  if (tensors.every((tensor5) => tensor5 === first)) {
    const row = rowOf(first);
    return { kind: "same", value: row === void 0 ? first : stacking.workshop.make(() => plainTensor(row)) };
  }
  const odd = tensors.find((tensor5) => tensor5.dtype !== first.dtype || !tf39.util.arraysEqual(tensor5.shape, first.shape));
  if (odd !== void 0) {
    const both = `[${String(first.shape)}] ${first.dtype} and [${String(odd.shape)}] ${odd.dtype}`;
    return { kind: "different", reason: `${path} has tensors of different kinds, ${both}`, values: tensors };
  }
  if (first.dtype === "string" || first.dtype === "complex64" || tensors.some((tensor5) => batchAxisOf(tensor5))) {
    return { kind: "different", reason: `${path} has tensors that cannot be stacked`, values: tensors };
  }
  return { kind: "batch", batch: canReadSync() ? fromHost(stacking, tensors, first) : fromDevice(stacking, tensors) };
}
function alignedBatch({ frame, places }, tensors) {
  const batch = tensors[0] && rowOf(tensors[0])?.batch;
  if (batch === void 0 || batch.frame !== frame) return void 0;
  const { candidates, columns } = batch;
  for (const [index, tensor5] of tensors.entries()) {
    const row = rowOf(tensor5);
    const place = places[index];
    if (row?.batch !== batch || place === void 0) return void 0;
    if (candidates > 1 && row.candidate !== place.candidate) return void 0;
    if (columns > 1 && row.column !== place.column) return void 0;
  }
  return batch;
}
function fromHost(stacking, tensors, first) {
  const { frame, places, candidates, workshop } = stacking;
  const columns = frame.columns.size;
  const { size, shape, dtype } = first;
  const filler = hostValues(first);
  const values = allocate(dtype, candidates * columns * size);
  const filled = new Uint8Array(candidates * columns);
  tensors.forEach((tensor5, index) => {
    const place = places[index];
    if (place === void 0) return;
    const cell = (candidates === 1 ? 0 : place.candidate) * columns + place.column;
    values.set(hostValues(tensor5), cell * size);
    filled[cell] = 1;
  });
  if (tensors.length < filled.length) {
    filled.forEach((is, cell) => {
      if (is === 0) values.set(filler, cell * size);
    });
  }
  return Batch.ofValues(values, [candidates, columns, ...shape], dtype, frame, workshop);
}
function fromDevice({ frame, places, candidates, workshop }, tensors) {
  const columns = frame.columns.size;
  const order = Array.from({ length: candidates * columns }, () => 0);
  places.forEach(({ candidate, column }, index) => {
    order[(candidates === 1 ? 0 : candidate) * columns + column] = index;
  });
  const tensor5 = workshop.compute(() => {
    const plain2 = tensors.map((one) => {
      const row = rowOf(one);
      return row === void 0 ? one : plainTensor(row);
    });
    const stacked = tf39.stack(order.flatMap((index) => plain2[index] ?? []));
    return tf39.reshape(stacked, [candidates, columns, ...stacked.shape.slice(1)]);
  });
  return Batch.ofTensor(tensor5, frame, workshop);
}
function hostValues(tensor5) {
  const row = rowOf(tensor5);
  if (row !== void 0) {
    const offset = row.batch.offset(row.candidate, row.column);
    return row.batch.readSync().subarray(offset, offset + row.batch.size);
  }
  return knownRows.get(tensor5) ?? tensor5.dataSync();
}
function rememberRows(tensors) {
  if (!canReadSync()) return;
  for (const tensor5 of tensors) {
    if (tensor5 instanceof tf39.Variable || rowOf(tensor5) !== void 0 || knownRows.has(tensor5)) continue;
    if (tensor5.dtype !== "string" && tensor5.dtype !== "complex64" && batchAxisOf(tensor5) === void 0) {
      knownRows.set(tensor5, tensor5.dataSync());
    }
  }
}
function allocate(dtype, length) {
  if (dtype === "int32") return new Int32Array(length);
  return dtype === "bool" ? new Uint8Array(length) : new Float32Array(length);
}

// src/population/call-batch.ts
var SPARSE = 0.5;
async function callBatch(frame, workshop, body, calls) {
  const results = [];
  for (const layer of layersOf(calls, frame.columns.size)) {
    const members = layer.map((index) => calls[index]).filter((call) => call !== void 0);
    const outputs = await callLayer(frame, workshop, body, members);
    layer.forEach((index, position) => {
      results[index] = outputs[position];
    });
  }
  return results;
}
function layersOf(calls, examples2) {
  const layers = [];
  const depths = /* @__PURE__ */ new Map();
  calls.forEach(({ candidate, example: example2 }, index) => {
    const cell = candidate * examples2 + example2;
    const depth = depths.get(cell) ?? 0;
    depths.set(cell, depth + 1);
    (layers[depth] ??= []).push(index);
  });
  return layers;
}
async function callLayer(sessionFrame, workshop, body, calls) {
  const { frame, places } = arrange(sessionFrame, calls);
  const stacking = { frame, places, candidates: frame.candidates.size, workshop };
  const inputs = overlay2(
    calls.map((call) => call.input),
    (tensors, path) => stackRows(stacking, tensors, path),
    ""
  );
  const scope = workshop.openScope();
  const refusals = frame.refusals;
  let output;
  try {
    const input = adopt(scope, () => wholeOf(inputs, frame, (batch) => frame.wrap(batch.tensor(workshop))));
    const result2 = await adopt(scope, () => body(input));
    if (frame.refusals > refusals && frame.lastRefusal !== void 0) throw frame.lastRefusal;
    output = treeOf(result2, (tensor5) => toBatch(tensor5, frame, workshop));
  } finally {
    scope.close();
  }
  const tree = output;
  return places.map((place, index) => cellOf(tree, place, index));
}
function arrange(session, calls) {
  const own = earlierFrame(session, calls);
  if (own !== void 0) return own;
  const places = calls.map(({ candidate, example: example2 }) => ({ candidate, column: example2 }));
  if (calls.length >= SPARSE * session.candidates.size * session.columns.size) return { frame: session, places };
  const counts = /* @__PURE__ */ new Map();
  const packed = calls.map(({ candidate }) => {
    const column = counts.get(candidate) ?? 0;
    counts.set(candidate, column + 1);
    return { candidate, column };
  });
  const columns = Math.max(...counts.values());
  return columns === session.columns.size ? { frame: session, places } : { frame: session.withColumns(columns), places: packed };
}
function earlierFrame(session, calls) {
  const frame = rowIn(calls[0]?.input, (candidate) => candidate !== session)?.batch.frame;
  if (frame === void 0) return void 0;
  const places = [];
  const taken = /* @__PURE__ */ new Set();
  for (const { candidate, input } of calls) {
    const row = rowIn(input, (other) => other === frame);
    if (row === void 0 || row.candidate !== candidate) return void 0;
    const cell = candidate * frame.columns.size + row.column;
    if (taken.has(cell)) return void 0;
    taken.add(cell);
    places.push(row);
  }
  return { frame, places };
}
function rowIn(input, fits) {
  const values = input instanceof tf40.Tensor ? [input] : typeof input === "object" && input !== null ? Object.values(input) : [];
  for (const value of values) {
    const row = value instanceof tf40.Tensor ? rowOf(value) : void 0;
    if (row !== void 0 && fits(row.batch.frame)) return row;
  }
  return void 0;
}

// src/population/frame.ts
import * as tf41 from "@tensorflow/tfjs-core";

// src/vmap/batch-axis.ts
var lastLevel = 0;
var BatchAxis = class {
  constructor(size, place = "a batched function") {
    this.size = size;
    this.place = place;
  }
  size;
  place;
  level = ++lastLevel;
  #refusals = 0;
  #lastRefusal;
  /** How often something was refused so far; a caller compares it before and after, since user code may swallow the error. */
  get refusals() {
    return this.#refusals;
  }
  get lastRefusal() {
    return this.#lastRefusal;
  }
  /** Notes that something cannot be done for all elements at once, and returns the error to throw. */
  refuse(what, remedy) {
    this.#refusals++;
    this.#lastRefusal = new HyperfuncError("NOT_VECTORISABLE", `${what} inside ${this.place}: ${remedy}`);
    return this.#lastRefusal;
  }
};

// src/population/frame.ts
var Frame2 = class _Frame {
  constructor(candidates, columns) {
    this.candidates = candidates;
    this.columns = columns;
  }
  candidates;
  columns;
  static of(candidates, columns) {
    return new _Frame(new BatchAxis(candidates, "a vectorised run"), new BatchAxis(columns, "a vectorised run"));
  }
  /** The same candidates with other columns. */
  withColumns(columns) {
    return new _Frame(this.candidates, new BatchAxis(columns, this.columns.place));
  }
  /** Batches `[candidates or 1, columns or 1, ...shape]`, which stays the caller's; 1 means the same for all. */
  wrap(tensor5) {
    const [candidates = 1, columns = 1, ...shape] = tensor5.shape;
    const ofColumns = columns === this.columns.size && columns > 1;
    const ofCandidates = candidates === this.candidates.size && candidates > 1;
    const inner = ofColumns ? [columns, ...shape] : shape;
    const perCandidate = tf41.reshape(tensor5, ofCandidates ? [candidates, ...inner] : inner);
    const overColumns = ofCandidates ? wrap(this.candidates, perCandidate) : perCandidate;
    return ofColumns ? wrap(this.columns, overColumns) : overColumns;
  }
  /** `[candidates or 1, columns or 1, ...shape]` of a tensor that may be batched over either; a new tensor. */
  unwrap(tensor5) {
    const perColumn = innerOf(tensor5, this.columns);
    const overColumns = perColumn ?? tf41.expandDims(tensor5, 0);
    const perCandidate = innerOf(overColumns, this.candidates);
    const plain2 = perCandidate ?? tf41.expandDims(overColumns, 0);
    const stranger = batchAxisOf(plain2);
    if (stranger !== void 0) {
      throw stranger.refuse("A tensor left the vmap that made it", "return it from the batched function instead.");
    }
    return tf41.reshape(plain2, plain2.shape);
  }
  /** How often something was refused in this frame so far. */
  get refusals() {
    return this.candidates.refusals + this.columns.refusals;
  }
  get lastRefusal() {
    return this.columns.lastRefusal ?? this.candidates.lastRefusal;
  }
};

// src/population/population-hp.ts
import * as tf42 from "@tensorflow/tfjs-core";
function populationHp(population, layout, axis) {
  const base = population.base.values.get(layout.name);
  if (base === void 0) {
    throw new HyperfuncError("INVALID_STATE", `The population's base state has no values of "${layout.name}".`);
  }
  const blocks = blocksOf(layout.spec).map(([block4, type]) => {
    const value = { ...type.fixed };
    for (const leaf of layout.leaves) {
      if (leaf.block !== block4) continue;
      const own = base.subarray(leaf.offset, leaf.offset + leaf.size);
      Object.defineProperty(value, leaf.field.name, property(leaf, own, population.leaves.get(leaf.path), axis));
    }
    return [block4, value];
  });
  const [first] = blocks;
  return first !== void 0 && first[0] === void 0 ? first[1] : Object.fromEntries(blocks);
}
function property(leaf, own, batch, axis) {
  if (leaf.field.kind === "tensor") return fixed(tensorValue(leaf.field.shape, own, batch, axis));
  const values = batch?.kind === "dense" ? batch.values : own;
  const [first = 0] = values;
  const shared = values.every((value) => value === first);
  if (leaf.field.kind === "choice") {
    return shared ? fixed(leaf.field.choices[first]) : refusing(leaf, axis, "");
  }
  if (leaf.field.tensor) {
    return fixed(shared ? tf42.scalar(first) : wrap(axis, tf42.tensor1d(Float32Array.from(values))));
  }
  return shared ? fixed(first) : refusing(leaf, axis, "declare its type with tensor: true, or ");
}
function tensorValue(shape, own, batch, axis) {
  if (batch === void 0) return tf42.tensor(Float32Array.from(own), [...shape], "float32");
  if (batch.kind === "dense") return wrap(axis, tf42.tensor(float32(batch.values), [axis.size, ...shape], "float32"));
  const [rows = 1, columns = 1] = shape;
  const { base, a, b, rank } = batch;
  return wrapLowRank(
    axis,
    LowRankMatrix.of(
      tf42.tensor2d(base, [rows, columns]),
      tf42.tensor3d(a, [axis.size, rows, rank]),
      tf42.tensor3d(b, [axis.size, columns, rank])
    )
  );
}
function float32(values) {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
function fixed(value) {
  return { value, enumerable: true, configurable: true, writable: true };
}
function refusing({ path, field }, axis, remedy) {
  return {
    get() {
      throw axis.refuse(
        `hp.${field.name} (${path}) differs between candidates and is read as a plain value`,
        `${remedy}let the candidates run one by one.`
      );
    },
    enumerable: true,
    configurable: true
  };
}

// src/population/scores.ts
import "@tensorflow/tfjs-core";
async function batchedScores(frame, workshop, metric2, output, expected) {
  const refusals = frame.refusals;
  const scores = workshop.compute(() => {
    const complete = mapTensors(
      output,
      (tensor5) => innerOf(tensor5, frame.columns) === void 0 ? wrap(frame.columns, repeat(tensor5, frame.columns.size)) : tensor5
    );
    return frame.unwrap(metric2(complete, expected));
  });
  try {
    const values = await scores.data();
    if (frame.refusals > refusals && frame.lastRefusal !== void 0) throw frame.lastRefusal;
    const perCandidate = values.length / (scores.shape[0] ?? 1);
    return Float64Array.from({ length: frame.candidates.size }, (_, candidate) => {
      const first = scores.shape[0] === 1 ? 0 : candidate * perCandidate;
      return values.subarray(first, first + perCandidate).reduce((sum2, value) => sum2 + value, 0) / perCandidate;
    });
  } finally {
    scores.dispose();
  }
}

// src/population/workshop.ts
var Workshop = class {
  #scope = new OwnedTensors();
  #retained = /* @__PURE__ */ new Set();
  #open = true;
  get isOpen() {
    return this.#open;
  }
  /** Runs synchronous code; the tensors that it makes live as long as the session. */
  make(build) {
    return adopt(this.#scope, build);
  }
  /** Runs synchronous code; of the tensors that it makes, only those in its result live as long as the session. */
  compute(build) {
    const scope = new OwnedTensors(this.#scope);
    let result2;
    try {
      result2 = adopt(scope, build);
      return result2;
    } finally {
      scope.close(result2);
    }
  }
  /** A scope for asynchronous work; close it with the result. */
  openScope() {
    return new OwnedTensors(this.#scope);
  }
  /** Someone holds on to a batch beyond the session. */
  retain(batch) {
    this.#retained.add(batch);
  }
  close() {
    this.#open = false;
    const unread = [...this.#retained].filter((batch) => !batch.isRead);
    if (canReadSync()) {
      for (const batch of unread) batch.readSync();
      this.#scope.close();
    } else {
      void Promise.allSettled(unread.map((batch) => batch.read())).then(() => {
        this.#scope.close();
      });
    }
  }
};

// src/population/population-session.ts
var TensorPopulation = class {
  #population;
  #layouts;
  #inputs;
  #frame;
  #workshop = new Workshop();
  #hp = /* @__PURE__ */ new Map();
  #tree;
  constructor(population, layouts, inputs) {
    this.#population = population;
    this.#layouts = layouts;
    this.#inputs = inputs;
    this.#frame = Frame2.of(population.size, inputs.length);
  }
  hp(hyperfunction2) {
    const known = this.#hp.get(hyperfunction2);
    if (known !== void 0) return known;
    const layout = this.#layouts.get(hyperfunction2);
    if (layout === void 0) {
      throw new HyperfuncError("INVALID_STATE", `The population knows no hyperfunction "${hyperfunction2}".`);
    }
    const hp = this.#workshop.make(() => populationHp(this.#population, layout, this.#frame.candidates));
    this.#hp.set(hyperfunction2, hp);
    return hp;
  }
  batchedInputs() {
    const workshop = this.#workshop;
    const tree = this.#inputTree();
    return workshop.make(() => wholeOf(tree, this.#frame, (batch) => this.#frame.wrap(batch.tensor(workshop))));
  }
  inputs(candidate, example2) {
    return cellOf(this.#inputTree(), { candidate, column: example2 }, example2);
  }
  callBatch(body, calls) {
    return callBatch(this.#frame, this.#workshop, body, calls);
  }
  async score(output, metric2, expected) {
    this.#checkRefusals();
    const form = batchedFormOf(metric2);
    return form && batchedScores(this.#frame, this.#workshop, form, output, expected);
  }
  async outputs(output) {
    this.#checkRefusals();
    return outputsOf(this.#frame, this.#workshop, output);
  }
  close() {
    this.#workshop.close();
  }
  /** A run that was refused something does not count, also when it went on regardless. */
  #checkRefusals() {
    if (this.#frame.lastRefusal !== void 0) throw this.#frame.lastRefusal;
  }
  #inputTree() {
    const frame = this.#frame;
    const places = this.#inputs.map((_, column) => ({ candidate: 0, column }));
    const stacking = { frame, places, candidates: 1, workshop: this.#workshop };
    const stack5 = (tensors, path) => {
      rememberRows(tensors);
      return stackRows(stacking, tensors, path);
    };
    return this.#tree ??= overlay2(this.#inputs, stack5, "");
  }
};

// src/population/tensor-engine.ts
var tfjsTensorEngine = {
  name: "tfjs",
  ready: readyBackend,
  signature() {
    const { name, kernels } = backendInfo();
    return `${name}/${kernels}`;
  },
  isTensor: (value) => value instanceof tf44.Tensor,
  openScope: (parent) => new OwnedTensors(parent),
  detached,
  hpTensor(field, values) {
    const shape = field.kind === "tensor" ? [...field.shape] : [];
    return tf44.tensor(Float32Array.from(values), shape, "float32");
  },
  openPopulation: (population, layouts, inputs) => new TensorPopulation(population, layouts, inputs),
  agrees: agree
};
registerTensorEngine(tfjsTensorEngine);

// .scratch/core.ts
await useBackend("wasm");
var [P, N, I, H, O] = (process.argv[2] ?? "32,200,64,64,10").split(",").map(Number);
var read = process.argv[3] === "read";
var glue = process.argv[3] === "glue";
var rnd = (n, k = 1) => {
  const a = new Float32Array(n);
  for (let i = 0; i < n; i++) a[i] = k * (Math.random() * 2 - 1) * 1.7;
  return a;
};
var enc = hyperfunction({ name: "enc", hpType: LoRAWeight.create({ outDim: H, inDim: I, bias: true }), optimizeHparams: true }, ({ x }, { hp }) => tf45.relu(tf45.matMul(x.reshape([1, -1]), hp.weight, false, true).add(hp.bias)));
var cls = hyperfunction({ name: "cls", hpType: LoRAWeight.create({ outDim: O, inDim: H, bias: true }), optimizeHparams: true }, ({ h }, { hp }) => tf45.softmax(tf45.matMul(h, hp.weight, false, true).add(hp.bias)));
var opt = { name: "bench", async optimize(problem) {
  const leaves = /* @__PURE__ */ new Map();
  for (const [n, o, i] of [["enc", H, I], ["cls", O, H]]) {
    leaves.set(`${n}.hp.weight`, { kind: "lowRank", base: rnd(o * i, 1 / Math.sqrt(i)), rank: 1, a: rnd(P * o, 0.05), b: rnd(P * i) });
    leaves.set(`${n}.hp.bias`, { kind: "dense", values: rnd(P * o) });
  }
  const population = { size: P, base: problem.state, leaves };
  let mode;
  const ts = [];
  const n0 = tf45.memory().numTensors;
  let r;
  for (let i = 0; i < 3; i++) r = await problem.evaluate(population);
  const t0 = performance.now();
  while (performance.now() - t0 < 3e3 || ts.length < 5) {
    const t = performance.now();
    r = await problem.evaluate(population);
    ts.push(performance.now() - t);
  }
  ts.sort((a, b) => a - b);
  console.log(`P=${P} N=${N} ${I}-${H}-${O} real core ${process.argv[3] ?? ""}`, r.mode, `best ${ts[0].toFixed(2)} med ${ts[ts.length >> 1].toFixed(2)} ms`, "leak", tf45.memory().numTensors - n0, r.scores.slice(0, 2), r.failures.length);
  return { stopReason: "finished", proposals: { accepted: 0, rejected: 0, failed: 0 } };
} };
var Net = class extends HyperSystem {
  async run({ x }) {
    let h = await enc({ x });
    if (read) {
      const v = await h.data();
      globalThis.sink = v[0];
    }
    if (glue) {
      const v = await h.data();
      h = h.mul(2).add(1);
    }
    return cls({ h });
  }
};
var net = new Net({ hyperfunctions: [enc, cls], systemOptimizer: opt });
var examples = Array.from({ length: N }, (_, k) => ({ inputs: { x: tf45.tensor1d(rnd(I)) }, expected: k % O }));
var metric = Object.assign((outs) => {
  let s = 0;
  for (const o of outs) s += o.dataSync()[0];
  return s / outs.length;
}, { [/* @__PURE__ */ Symbol.for("hyperfunc.batchedMetric")]: (out) => tf45.slice(tf45.reshape(out, [O]), 0, 1).squeeze() });
var result = await net.optimize(examples, metric, {});
console.log(result.stopReason, result.warnings);
