/**
 * The parts of the tfjs engine that its type declarations hide and that dispatch, lifetimes and backends need.
 *
 * Everything here exists in tfjs-core 4.22, the version the package is tested against. tfjs keeps one engine per
 * process, also when several copies of tfjs-core are loaded.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Inputs of a kernel by name, or in order for the kernels that take a list. */
export type KernelInputs = Readonly<Record<string, tf.Tensor>> | readonly tf.Tensor[];
export type KernelAttributes = Readonly<Record<string, unknown>>;
export type KernelResult = tf.Tensor | tf.Tensor[];
export type RunKernel = (kernel: string, inputs: KernelInputs, attributes?: KernelAttributes) => KernelResult;

/** One open `tf.tidy`. */
interface TidyScope {
  readonly id: number;
  readonly name: string;
  readonly track: tf.Tensor[];
}

interface EngineState {
  activeScope: TidyScope | null | undefined;
  scopeStack: TidyScope[];
  nextScopeId: number;
  kernelDepth: number;
  readonly tensorInfo: WeakMap<
    object,
    { readonly shape: readonly number[]; readonly backend: tf.KernelBackend }
  >;
}

export interface TfjsEngine {
  readonly backendName: string | null | undefined;
  readonly state: EngineState;
  runKernel: RunKernel;
  track: <T extends tf.Tensor>(tensor: T) => T;
  setBackend: (name: string) => Promise<boolean>;
  makeTensorFromDataId(
    dataId: object,
    shape: number[],
    dtype: tf.DataType,
    backend: tf.KernelBackend,
  ): tf.Tensor;
  nextTensorId(): number;
  isTapeOn(): boolean;
  getTensorsForGradient(kernel: string, inputs: KernelInputs, outputs: tf.Tensor[]): tf.Tensor[];
  saveTensorsForBackwardMode(tensors: tf.Tensor[]): tf.Tensor[];
  addTapeNode(
    kernel: string,
    inputs: KernelInputs,
    outputs: tf.Tensor[],
    gradient: null,
    saved: tf.Tensor[],
    attributes: KernelAttributes | undefined,
  ): void;
}

function hiddenSide(engine: object): TfjsEngine {
  return engine as TfjsEngine;
}

export const tfjsEngine: TfjsEngine = hiddenSide(tf.engine());

/** The inputs of a kernel, whether named or listed; optional ones may be missing. */
export function inputsOf(inputs: KernelInputs): readonly (tf.Tensor | null | undefined)[] {
  return isInputList(inputs) ? inputs : Object.values(inputs);
}

/** `Array.isArray` for readonly lists. */
export function isInputList(inputs: KernelInputs): inputs is readonly tf.Tensor[] {
  return Array.isArray(inputs);
}

/** `instanceof` for tensors of unknown values, without its `any`. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}
