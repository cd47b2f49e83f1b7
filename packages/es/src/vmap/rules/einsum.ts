/**
 * `tf.einsum` in terms of transpose, reshape, sum and matMul, pair by pair from the left.
 *
 * tfjs-wasm has no Einsum kernel, and none of the kernels knows a batch.
 */
import * as tf from "@tensorflow/tfjs-core";
import { rewritten, type RuleEntry } from "./rule.js";

export const einsumRules: RuleEntry[] = rewritten<tf.EinsumInputs, tf.EinsumAttrs>(
  [tf.Einsum],
  ({ inputs, attributes }) => einsum(attributes.equation, inputs),
);

/** A tensor with one letter per axis. */
interface Labelled {
  readonly tensor: tf.Tensor;
  readonly labels: readonly string[];
}

export function einsum(equation: string, tensors: readonly tf.Tensor[]): tf.Tensor {
  const [left = "", right = ""] = equation.replace(/\s/g, "").split("->");
  const output = [...right];
  const terms = left.split(",").map((labels, index): Labelled => {
    const tensor = tensors[index];
    if (tensor === undefined)
      throw new TypeError(`einsum "${equation}" names more operands than were given.`);
    return { tensor, labels: [...labels] };
  });
  const [first, ...others] = terms;
  if (first === undefined) throw new TypeError("einsum needs at least one operand.");
  let result = first;
  for (const [index, other] of others.entries()) {
    const needed = new Set([...output, ...others.slice(index + 1).flatMap((term) => term.labels)]);
    result = contract(summed(result, new Set([...needed, ...other.labels])), other, needed);
  }
  return arranged(summed(result, new Set(output)), output);
}

/** Sums over the axes whose labels nothing needs any more. */
function summed({ tensor, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: tf.sum(tensor, axes), labels: labels.filter((label) => needed.has(label)) };
}

function arranged({ tensor, labels }: Labelled, order: readonly string[]): tf.Tensor {
  return tf.transpose(
    tensor,
    order.map((label) => labels.indexOf(label)),
  );
}

/** One matrix product: labels of both sides that stay are batch axes, those that go are summed over. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const other = summed(b, new Set([...needed, ...a.labels]));
  const common = a.labels.filter((label) => other.labels.includes(label));
  const kept = common.filter((label) => needed.has(label));
  const gone = common.filter((label) => !needed.has(label));
  const left = a.labels.filter((label) => !common.includes(label));
  const right = other.labels.filter((label) => !common.includes(label));
  const x = matrices(a, kept, left, gone);
  const y = matrices(other, kept, gone, right);
  const side = (labels: readonly string[], of: Labelled): number[] =>
    labels.map((label) => of.tensor.shape[of.labels.indexOf(label)] ?? 1);
  const product = tf.matMul(x, y);
  const shape = [...side(kept, a), ...side(left, a), ...side(right, other)];
  return { tensor: tf.reshape(product, shape), labels: [...kept, ...left, ...right] };
}

/** `[batch, rows, columns]`, or `[rows, columns]` without batch labels. */
function matrices(
  { tensor, labels }: Labelled,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): tf.Tensor {
  const size = (names: readonly string[]): number =>
    names.reduce((product, label) => product * (tensor.shape[labels.indexOf(label)] ?? 1), 1);
  const shape = [size(rows), size(columns)];
  return tf.reshape(
    arranged({ tensor, labels }, [...batch, ...rows, ...columns]),
    batch.length === 0 ? shape : [size(batch), ...shape],
  );
}
