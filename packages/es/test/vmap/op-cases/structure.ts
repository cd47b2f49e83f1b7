/** Operations that rearrange, repeat, join, take apart and pick. */
import * as tf from "@tensorflow/tfjs-core";
import { always, flags, index, op, type OpCase } from "./op-case.js";

type T = tf.Tensor;
const MATRIX = [2, 3];
const pairs = always([2, 2], () =>
  tf.tensor2d(
    [
      [0, 1],
      [2, 0],
    ],
    [2, 2],
    "int32",
  ),
);

const joined = (name: string, shape: readonly number[], run: (parts: never[]) => unknown): OpCase =>
  op(name, { a: shape, b: shape }, (...parts: never[]) => run(parts));

const arrangements: OpCase[] = [
  op(
    "reshape",
    { x: MATRIX },
    (x: T) => tf.reshape(x, [2, 3]),
    "to the same matrix, or with axes of length 1",
  ),
  op("reshape", { x: MATRIX }, (x: T) => tf.reshape(x, [3, -1]), "to another shape"),
  op("expandDims", { x: MATRIX }, (x: T) => tf.expandDims(x, 0), "in front"),
  op("expandDims", { x: MATRIX }, (x: T) => tf.expandDims(x, -1), "behind"),
  op("squeeze", { x: [1, 2, 3] }, (x: T) => tf.squeeze(x)),
  op("ensureShape", { x: MATRIX }, (x: T) => tf.ensureShape(x, [2, 3])),
  op("transpose", { x: MATRIX }, (x: T) => tf.transpose(x)),
  op("transpose", { x: [2, 3, 4] }, (x: T) => tf.transpose(x, [2, 0, 1]), "of rank 3"),
  op("tile", { x: MATRIX }, (x: T) => tf.tile(x, [2, 3])),
  op("broadcastTo", { x: [1, 3] }, (x: T) => tf.broadcastTo(x, [4, 2, 3])),
  op("pad", { x: MATRIX }, (x: T) =>
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      7,
    ),
  ),
  op("pad1d", { x: [3] }, (x: tf.Tensor1D) => tf.pad1d(x, [1, 2])),
  op("pad2d", { x: MATRIX }, (x: tf.Tensor2D) =>
    tf.pad2d(x, [
      [1, 0],
      [0, 2],
    ]),
  ),
  op("pad3d", { x: [1, 2, 3] }, (x: tf.Tensor3D) =>
    tf.pad3d(x, [
      [1, 0],
      [0, 2],
      [1, 1],
    ]),
  ),
  op("pad4d", { x: [1, 2, 3, 1] }, (x: tf.Tensor4D) =>
    tf.pad4d(x, [
      [1, 0],
      [0, 2],
      [1, 1],
      [0, 1],
    ]),
  ),
  op("mirrorPad", { x: MATRIX }, (x: T) =>
    tf.mirrorPad(
      x,
      [
        [1, 0],
        [1, 1],
      ],
      "reflect",
    ),
  ),
  op("reverse", { x: MATRIX }, (x: T) => [tf.reverse(x, -1), tf.reverse(x)]),
  op("reverse1d", { x: [3] }, (x: tf.Tensor1D) => tf.reverse1d(x)),
  op("reverse2d", { x: MATRIX }, (x: tf.Tensor2D) => tf.reverse2d(x, 1)),
  op("reverse3d", { x: [2, 3, 2] }, (x: tf.Tensor3D) => tf.reverse3d(x, [0, 2])),
  op("reverse4d", { x: [2, 3, 2, 2] }, (x: tf.Tensor4D) => tf.reverse4d(x, [1, -1])),
  op("batchToSpaceND", { x: [4, 2, 2, 1] }, (x: tf.Tensor4D) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 1],
        [0, 0],
      ],
    ),
  ),
  op("spaceToBatchND", { x: [2, 3, 4, 2] }, (x: tf.Tensor4D) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [1, 0],
        [0, 2],
      ],
    ),
  ),
  op("depthToSpace", { x: [2, 3, 3, 4] }, (x: tf.Tensor4D) => tf.depthToSpace(x, 2, "NHWC")),
  op("diag", { x: [3] }, (x: T) => tf.diag(x), "of a vector"),
  op("diag", { x: MATRIX }, (x: T) => tf.diag(x), "of a matrix"),
  op("meshgrid", { x: [3], y: [2] }, (x: T, y: T) => tf.meshgrid(x, y)),
  op("oneHot", { indices: index(2, 3) }, (x: T) => tf.oneHot(x, 4)),
  op("linalg.bandPart", { a: [3, 4] }, (a: T) => tf.linalg.bandPart(a, 1, 0)),
  op("math.confusionMatrix", { labels: index(5), predictions: index(5) }, (a: tf.Tensor1D, b: tf.Tensor1D) =>
    tf.math.confusionMatrix(a, b, 3),
  ),
];

const joints: OpCase[] = [
  joined("concat", MATRIX, (parts) => [tf.concat(parts, 0), tf.concat(parts, -1)]),
  joined("concat1d", [3], (parts) => tf.concat1d(parts)),
  joined("concat2d", MATRIX, (parts) => tf.concat2d(parts, 1)),
  joined("concat3d", [2, 3, 2], (parts) => tf.concat3d(parts, 1)),
  joined("concat4d", [2, 3, 2, 1], (parts) => tf.concat4d(parts, 3)),
  joined("stack", MATRIX, (parts) => [tf.stack(parts), tf.stack(parts, -1)]),
  op("unstack", { x: MATRIX }, (x: T) => [...tf.unstack(x), ...tf.unstack(x, -1)]),
  op("split", { x: [2, 6] }, (x: T) => [...tf.split(x, 3, 1), ...tf.split(x, [1, 5], -1)]),
  op("slice", { x: [3, 4] }, (x: T) => [tf.slice(x, [1, 2], [2, -1]), tf.slice(x, 1)]),
  op("slice1d", { x: [4] }, (x: tf.Tensor1D) => tf.slice1d(x, 1, 2)),
  op("slice2d", { x: [3, 4] }, (x: tf.Tensor2D) => tf.slice2d(x, [1, 0], [2, 3])),
  op("slice3d", { x: [3, 4, 2] }, (x: tf.Tensor3D) => tf.slice3d(x, [1, 0, 1], [2, 3, 1])),
  op("slice4d", { x: [3, 2, 2, 3] }, (x: tf.Tensor4D) => tf.slice4d(x, [1, 0, 1, 0], [2, 2, 1, 3])),
  op("stridedSlice", { x: [4, 5] }, (x: T) => [
    tf.stridedSlice(x, [1, 0], [4, 5], [2, 2]),
    tf.stridedSlice(x, [0, 1], [4, 2], [1, 1], 1, 1, 0, 0, 2),
  ]),
];

const picks: OpCase[] = [
  op("gather", { x: [3, 4], indices: index(5) }, (x: T, i: T) => tf.gather(x, i), "of rows, an embedding"),
  op("gather", { x: [4, 3], indices: index(2, 2) }, (x: T, i: T) => tf.gather(x, i, 1), "on a later axis"),
  op(
    "gather",
    { x: [2, 3, 4], indices: index(2, 5) },
    (x: T, i: T) => tf.gather(x, i, 1, 1),
    "with batch axes",
  ),
  op("gatherND", { x: [3, 3, 2], indices: index(4, 2) }, tf.gatherND),
  op("where", { condition: flags(2, 3), a: [3], b: [] }, tf.where),
  op(
    "scatterND",
    { indices: pairs, updates: [2, 4] },
    (i: T, u: T) => tf.scatterND(i, u, [3, 3, 4]),
    "of slices",
  ),
  op(
    "scatterND",
    { indices: index(4, 1), updates: [4] },
    (i: T, u: T) => tf.scatterND(i, u, [3]),
    "that meet",
  ),
  op("tensorScatterUpdate", { tensor: [3, 3], indices: pairs, updates: [2] }, (t: T, i: T, u: T) =>
    tf.tensorScatterUpdate(tf.add(t, 0), i, u),
  ), // tfjs-cpu writes into the tensor that it is given
  op("sparseToDense", { sparseIndices: pairs, sparseValues: [2] }, (i: T, v: T) =>
    tf.sparseToDense(i, v, [3, 3], 0.5),
  ),
];

export const structureOps: readonly OpCase[] = [...arrangements, ...joints, ...picks];
