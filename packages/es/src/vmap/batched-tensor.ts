/**
 * Batched tensors: ordinary `tf.Tensor`s with the shape of ONE element of the batch.
 *
 * Their `dataId` is a `BatchedData`, which belongs to a backend that can only store. It holds the inner tensor, whose
 * first axis is the batch axis and which may itself be batched at a lower level.
 */
import * as tf from "@tensorflow/tfjs-core";
import { tfjsEngine } from "../backend/tfjs-engine.js";
import type { BatchAxis } from "./batch-axis.js";
import { LazyTensor } from "./lazy-tensor.js";

const READ_REMEDY =
  "it has another value for every element of the batch; return the tensor and read it outside, or compute with tensors (tf.where instead of if).";

class BatchedData {
  #references = 1;
  readonly #content: tf.Tensor | LazyTensor;

  constructor(
    readonly axis: BatchAxis,
    content: tf.Tensor | LazyTensor,
  ) {
    this.#content = content;
  }

  get lazy(): LazyTensor | undefined {
    return this.#content instanceof LazyTensor ? this.#content : undefined;
  }

  /** `[size, ...shape]`; owned by this object. */
  get inner(): tf.Tensor {
    return this.#content instanceof LazyTensor ? this.#content.values() : this.#content;
  }

  retain(): void {
    this.#references++;
  }

  /** True when nothing refers to the data any more and it is gone. */
  release(): boolean {
    if (--this.#references > 0) return false;
    if (this.#content instanceof LazyTensor) this.#content.release();
    else this.#content.dispose();
    return true;
  }

  /** A read concerns this axis and every axis below it. */
  refuseRead(operation: string): Error {
    const below = this.lazy === undefined ? batchedData(this.inner) : undefined;
    below?.refuseRead(operation);
    return this.axis.refuse(operation, READ_REMEDY);
  }
}

/** Stores batched data and computes nothing: kernels never see it. */
class BatchedStorage extends tf.KernelBackend {
  override readSync(dataId: object): never {
    throw refusedRead(dataId, "dataSync() (or arraySync(), bufferSync(), toString())");
  }

  override async read(dataId: object): Promise<never> {
    throw refusedRead(dataId, "data() (or array(), buffer())");
  }

  override readToGPU(dataId: object): never {
    throw refusedRead(dataId, "dataToGPU()");
  }

  override incRef(dataId: object): void {
    if (dataId instanceof BatchedData) dataId.retain();
  }

  override disposeData(dataId: object): boolean {
    return dataId instanceof BatchedData && dataId.release();
  }
}

function refusedRead(dataId: object, operation: string): Error {
  return dataId instanceof BatchedData
    ? dataId.refuseRead(operation)
    : new TypeError("Not a batched tensor.");
}

const storage = new BatchedStorage();

function batchedData(tensor: tf.Tensor): BatchedData | undefined {
  return tensor.dataId instanceof BatchedData ? tensor.dataId : undefined;
}

/** The axis of a batched tensor; undefined for any other tensor. */
export function batchAxisOf(tensor: tf.Tensor): BatchAxis | undefined {
  return batchedData(tensor)?.axis;
}

/** The inner tensor `[size, ...shape]` if `tensor` is batched over `axis`. Borrowed: clone what shall outlive it. */
export function innerOf(tensor: tf.Tensor, axis: BatchAxis): tf.Tensor | undefined {
  const data = batchedData(tensor);
  return data?.axis === axis ? data.inner : undefined;
}

/** The content of a tensor that is batched over `axis` and not computed yet; looking does not compute it. */
export function lazyOf(tensor: tf.Tensor, axis: BatchAxis): LazyTensor | undefined {
  const data = batchedData(tensor);
  return data?.axis === axis ? data.lazy : undefined;
}

/** Makes a batched tensor of `inner` `[size, ...shape]`, which it takes over. */
export function wrap(axis: BatchAxis, inner: tf.Tensor): tf.Tensor {
  // A kept tensor has an owner already: it is the content of another batched tensor.
  const owned = tf.keep(inner.kept ? tf.reshape(inner, inner.shape) : inner);
  return makeTensor(new BatchedData(axis, owned), owned.shape.slice(1), owned.dtype);
}

/** Makes a batched tensor of float32 values that are computed later; it takes one reference over. */
export function wrapLazy(axis: BatchAxis, content: LazyTensor): tf.Tensor {
  return makeTensor(new BatchedData(axis, content), content.shape, "float32");
}

/** Another tensor with the same data, possibly of another shape of equal size per element. */
export function share(tensor: tf.Tensor): tf.Tensor {
  batchedData(tensor)?.retain();
  return makeTensor(tensor.dataId, tensor.shape, tensor.dtype);
}

function makeTensor(dataId: object, shape: readonly number[], dtype: tf.DataType): tf.Tensor {
  return tfjsEngine.makeTensorFromDataId(dataId, [...shape], dtype, storage);
}
