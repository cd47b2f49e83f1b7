/** Kernels that treat each axis by itself: of tensors with many axes they are done one axis at a time. */
import * as tf from "@tensorflow/tfjs-core";
import type { Replacement } from "../kernel-replacement.js";
import { HIGHEST_RANK, alongAxis, correction } from "./correction.js";

const isHigh = (x: tf.Tensor): boolean => x.rank > HIGHEST_RANK;

/** `operation` for each axis, where it is undefined for those that stay as they are. */
function axisByAxis(
  x: tf.Tensor,
  operationOf: (axis: number) => ((x: tf.Tensor3D) => tf.Tensor) | undefined,
): tf.Tensor {
  let result = tf.reshape(x, x.shape);
  for (let axis = 0; axis < x.rank; axis++) {
    const operation = operationOf(axis);
    if (operation !== undefined) result = alongAxis(result, axis, operation);
  }
  return result;
}

const NONE: [number, number] = [0, 0];

function paddingOf(paddings: [number, number][], axis: number): [number, number] | undefined {
  const own = paddings[axis] ?? NONE;
  return own[0] + own[1] > 0 ? own : undefined;
}

const pad = correction<tf.PadV2Inputs, tf.PadV2Attrs>(tf.PadV2, ({ x }, { paddings, constantValue }) =>
  isHigh(x)
    ? () =>
        axisByAxis(x, (axis) => {
          const own = paddingOf(paddings, axis);
          return own && ((flat) => tf.pad3d(flat, [NONE, own, NONE], constantValue));
        })
    : undefined,
);

const mirrorPad = correction<tf.MirrorPadInputs, tf.MirrorPadAttrs>(
  tf.MirrorPad,
  ({ x }, { paddings, mode }) =>
    isHigh(x)
      ? () =>
          axisByAxis(x, (axis) => {
            const own = paddingOf(paddings, axis);
            return own && ((flat) => tf.mirrorPad(flat, [NONE, own, NONE], mode));
          })
      : undefined,
);

/** tfjs computes it on the host, which cannot reach the values. */
const tile = correction<tf.TileInputs, tf.TileAttrs>(tf.Tile, ({ x }, { reps }) =>
  isHigh(x)
    ? () =>
        axisByAxis(x, (axis) => {
          const times = reps[axis] ?? 1;
          return times === 1 ? undefined : (flat) => tf.tile(flat, [1, times, 1]);
        })
    : undefined,
);

const reverse = correction<tf.ReverseInputs, tf.ReverseAttrs>(tf.Reverse, ({ x }, { dims }) => {
  if (!isHigh(x)) return undefined;
  const axes = tf.util.parseAxisParam(dims, x.shape);
  return () => axisByAxis(x, (axis) => (axes.includes(axis) ? (flat) => tf.reverse(flat, 1) : undefined));
});

const stridedSlice = correction<tf.StridedSliceInputs, tf.StridedSliceAttrs>(
  tf.StridedSlice,
  ({ x }, { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask }) => {
    if (!isHigh(x)) return undefined;
    const info = tf.slice_util.sliceInfo(
      x.shape,
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    return () => {
      const cut = axisByAxis(x, (axis) => {
        const [first = 0, last = 0, stride = 1] = [info.begin[axis], info.end[axis], info.strides[axis]];
        const side = tf.slice_util.computeOutShape([first], [last], [stride])[0] ?? 0;
        const indices = Int32Array.from({ length: side }, (_, step) => first + step * stride);
        return (flat) => tf.gather(flat, tf.tensor1d(indices, "int32"), 1);
      });
      return tf.reshape(cut, info.finalShape);
    };
  },
);

/** Scans besides count a negative axis from the wrong end, on every backend, and transpose integers. */
function scan(kernel: string, operation: typeof tf.cumsum): Replacement {
  return correction<tf.CumsumInputs, tf.CumsumAttrs>(
    kernel,
    ({ x }, { axis, exclusive, reverse: backwards }) => {
      const [own = 0] = tf.util.parseAxisParam(axis, x.shape);
      const transposes = x.dtype !== "float32" && own < x.rank - 1;
      if (!isHigh(x) && own === axis && !transposes) return undefined;
      return () =>
        alongAxis(x, own, (flat) => {
          if (x.dtype === "float32") return operation(flat, 1, exclusive, backwards);
          const rows = tf.transpose(flat, [0, 2, 1]);
          return tf.transpose(operation(rows, 2, exclusive, backwards), [0, 2, 1]);
        });
    },
  );
}

export const axisKernels: readonly Replacement[] = [
  pad,
  mirrorPad,
  tile,
  reverse,
  stridedSlice,
  scan(tf.Cumsum, tf.cumsum),
  scan(tf.Cumprod, tf.cumprod),
];
