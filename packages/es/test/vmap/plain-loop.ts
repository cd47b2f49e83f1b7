/** The meaning of `vmap`, slowly: one call per element, results stacked. Tests compare everything against it. */
import * as tf from "@tensorflow/tfjs-core";
import { bindAxes, type InAxes } from "../../src/vmap/in-axes.js";
import { mapTensors } from "../../src/vmap/tensor-tree.js";

type AnyFunction = (...args: never[]) => unknown;

export function plainLoop(fn: AnyFunction, inAxes: InAxes = 0): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const results = elements(args, inAxes).map((element) => fn(...(element as never[])));
    return results[0] instanceof Promise ? Promise.all(results).then(stackAll) : stackAll(results);
  };
}

/** The arguments of every element. */
function elements(args: readonly unknown[], inAxes: InAxes): unknown[][] {
  const { size, axes } = bindAxes(args, inAxes);
  return Array.from({ length: size }, (_, element) => {
    let index = 0;
    return args.map((arg) =>
      mapTensors(arg, (tensor) => {
        const axis = axes[index++] ?? null;
        return axis === null ? tensor : sliceOut(tensor, axis, element);
      }),
    );
  });
}

function sliceOut(tensor: tf.Tensor, axis: number, element: number): tf.Tensor {
  const begin = tensor.shape.map((_, position) => (position === axis ? element : 0));
  const size = tensor.shape.map((side, position) => (position === axis ? 1 : side));
  return tf.reshape(
    tf.slice(tensor, begin, size),
    tensor.shape.filter((_, position) => position !== axis),
  );
}

function stackAll(results: readonly unknown[]): unknown {
  const columns = results.map((result) => {
    const leaves: tf.Tensor[] = [];
    mapTensors(result, (tensor) => leaves.push(tensor));
    return leaves;
  });
  let index = 0;
  return mapTensors(results[0], () => {
    const leaf = index++;
    return tf.stack(columns.flatMap((column) => column[leaf] ?? []));
  });
}
