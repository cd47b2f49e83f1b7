/** Which axis of which input is the batch. */
import type * as tf from "@tensorflow/tfjs-core";
import { isTensor } from "../backend/tfjs-engine.js";
import { HyperfuncError } from "@hyperfunc/core";
import { isPlainObject } from "./tensor-tree.js";

/** An axis, `null` for "shared by all elements", or a structure of these that mirrors the inputs. */
export type InAxes = number | null | readonly InAxes[] | { readonly [key: string]: InAxes };

interface Mapped {
  readonly path: string;
  readonly tensor: tf.Tensor;
  /** Position of the batch axis, not negative; null when shared. */
  readonly axis: number | null;
}

export interface BoundAxes {
  /** Size of the batch. */
  readonly size: number;
  /** Batch axis of every input tensor, in the order in which `mapTensors` meets them. */
  readonly axes: readonly (number | null)[];
}

/** @throws INVALID_ARGUMENT when nothing is mapped, sizes differ, or an axis does not exist. */
export function bindAxes(args: readonly unknown[], inAxes: InAxes): BoundAxes {
  const found: Mapped[] = [];
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw invalid(`inAxes has ${inAxes.length} entries for ${args.length} arguments; give one per argument.`);
  }
  args.forEach((arg, index) => {
    collect(arg, Array.isArray(inAxes) ? (inAxes[index] as InAxes) : inAxes, `argument ${index}`, found);
  });
  const mapped = found.flatMap(({ path, tensor, axis }) =>
    axis === null ? [] : [{ path, size: tensor.shape[axis] ?? 0 }],
  );
  const [first] = mapped;
  if (first === undefined) {
    throw invalid("No argument is mapped: vmap needs at least one tensor whose entry in inAxes is a number.");
  }
  const other = mapped.find(({ size }) => size !== first.size);
  if (other !== undefined) {
    throw invalid(
      `Batch sizes differ: ${first.path} has ${first.size} elements, ${other.path} has ${other.size}.`,
    );
  }
  if (first.size === 0) throw invalid(`The batch of ${first.path} is empty.`);
  return { size: first.size, axes: found.map(({ axis }) => axis) };
}

function collect(value: unknown, axes: InAxes, path: string, found: Mapped[]): void {
  if (isTensor(value)) {
    found.push({ path, tensor: value, axis: checkAxis(value, axes, path) });
  } else if (Array.isArray(value)) {
    if (Array.isArray(axes) && axes.length !== value.length) {
      throw invalid(`inAxes of ${path} has ${axes.length} entries for ${value.length} values.`);
    }
    value.forEach((item, index) => {
      collect(item, entry(axes, index, path), `${path}[${index}]`, found);
    });
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value))
      collect(item, entry(axes, key, path), `${path}.${key}`, found);
  }
}

/** The part of `axes` for one entry of a structure; keys that are not named are batched over their first axis. */
function entry(axes: InAxes, key: string | number, path: string): InAxes {
  if (typeof axes !== "object" || axes === null) return axes;
  if (Array.isArray(axes) !== (typeof key === "number")) {
    throw invalid(`inAxes of ${path} must have the structure of the argument, got ${JSON.stringify(axes)}.`);
  }
  return (Reflect.get(axes, key) as InAxes | undefined) ?? (Reflect.has(axes, key) ? null : 0);
}

function checkAxis(tensor: tf.Tensor, axis: InAxes, path: string): number | null {
  if (axis === null) return null;
  if (typeof axis !== "number" || !Number.isInteger(axis)) {
    throw invalid(`inAxes of ${path} must be an integer or null, got ${JSON.stringify(axis)}.`);
  }
  const position = axis < 0 ? axis + tensor.rank : axis;
  if (position >= 0 && position < tensor.rank) return position;
  throw invalid(
    tensor.rank === 0
      ? `${path} is a scalar and has no axis ${axis}; use null in inAxes to share it.`
      : `${path} has shape [${String(tensor.shape)}] and no axis ${axis}.`,
  );
}

function invalid(message: string): HyperfuncError {
  return new HyperfuncError("INVALID_ARGUMENT", message);
}
