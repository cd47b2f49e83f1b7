/** Kernels that rearrange or repeat values. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf, type KernelCall } from "../kernel-call.js";
import { foldAxes, groupAxes, MOST_AXES, showsAllAxes } from "./fold-axes.js";
import { batched, type RuleEntry } from "./rule.js";

const { inferFromImplicitShape, sizeFromShape } = tf.util;

type PadV2Paddings = [before: number, after: number][];

/** Axes without padding are one axis to the kernel; what is still too much is padded in two steps. */
function pad(
  call: KernelCall<tf.PadV2Inputs, tf.PadV2Attrs>,
  x: tf.Tensor,
  paddings: PadV2Paddings,
): tf.Tensor {
  const { constantValue } = call.attributes;
  if (x.rank <= MOST_AXES || !showsAllAxes(x))
    return call.run({ x }, { paddings, constantValue }) as tf.Tensor;
  const isPadded = paddings.map(([before, after]) => before > 0 || after > 0);
  const groups = groupAxes(x.rank, (axis) => isPadded[axis] === false && isPadded[axis - 1] === false);
  if (groups.length > MOST_AXES) {
    const middle = Math.ceil(x.rank / 2);
    const only = (fits: (axis: number) => boolean): PadV2Paddings =>
      paddings.map((own, axis) => (fits(axis) ? own : [0, 0]));
    return pad(
      call,
      pad(
        call,
        x,
        only((axis) => axis < middle),
      ),
      only((axis) => axis >= middle),
    );
  }
  let axis = 0;
  const folded = groups.map((count) => {
    const own = paddings[axis] ?? [0, 0];
    axis += count;
    return own;
  });
  const result = call.run({ x: foldAxes(x, groups) }, { paddings: folded, constantValue }) as tf.Tensor;
  return tf.reshape(
    result,
    x.shape.map((side, index) => side + (paddings[index]?.[0] ?? 0) + (paddings[index]?.[1] ?? 0)),
  );
}

/** Masks number the axes from bit 0, which the batch axis takes. */
const shifted = (mask: number): number => mask << 1;

export const shapeRules: RuleEntry[] = [
  ...batched<tf.ReshapeInputs, tf.ReshapeAttrs>([tf.Reshape], (call) => {
    const { x } = call.inputs;
    const shape = inferFromImplicitShape([...call.attributes.shape], sizeFromShape(x.shape));
    return call.lazy(x)?.reshape(shape) ?? tf.reshape(call.full(x), [call.size, ...shape]);
  }),
  ...batched<tf.ExpandDimsInputs, tf.ExpandDimsAttrs>([tf.ExpandDims], (call) => {
    const { input } = call.inputs;
    const [dim = 0] = axesOf(call.attributes.dim, input.rank + 1);
    const shape = input.shape.toSpliced(dim, 0, 1);
    return call.lazy(input)?.reshape(shape) ?? tf.expandDims(call.stacked(input), dim + 1);
  }),
  ...batched<tf.TransposeInputs, tf.TransposeAttrs>([tf.Transpose], (call) => {
    const { x } = call.inputs;
    const { perm } = call.attributes;
    const matrix = call.lowRank(x);
    if (matrix !== undefined) return perm[0] === 1 ? matrix.transpose() : matrix.retain();
    return tf.transpose(call.stacked(x), [0, ...perm.map((axis) => axis + 1)]);
  }),
  ...batched<tf.TileInputs, tf.TileAttrs>([tf.Tile], (call) =>
    tf.tile(call.stacked(call.inputs.x), [1, ...call.attributes.reps]),
  ),
  ...batched<tf.PadV2Inputs, tf.PadV2Attrs>([tf.PadV2], (call) => {
    const paddings: PadV2Paddings = [[0, 0], ...call.attributes.paddings];
    return pad(call, call.stacked(call.inputs.x), paddings);
  }),
  ...batched<tf.MirrorPadInputs, tf.MirrorPadAttrs>([tf.MirrorPad], (call) => {
    const { paddings, mode } = call.attributes;
    return call.run({ x: call.stacked(call.inputs.x) }, { paddings: [[0, 0], ...paddings], mode });
  }),
  ...batched<tf.ReverseInputs, tf.ReverseAttrs>([tf.Reverse], (call) => {
    const { x } = call.inputs;
    const dims = axesOf(call.attributes.dims, x.rank).map((axis) => axis + 1);
    return dims.length === 0 ? call.stacked(x) : call.run({ x: call.stacked(x) }, { dims });
  }),
  ...batched<tf.SliceInputs, tf.SliceAttrs>([tf.Slice], (call) => {
    const { x } = call.inputs;
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(
      x,
      call.attributes.begin,
      call.attributes.size,
    );
    return tf.slice(call.stacked(x), [0, ...begin], [call.size, ...size]);
  }),
  ...batched<tf.StridedSliceInputs, tf.StridedSliceAttrs>([tf.StridedSlice], (call) => {
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
        shrinkAxisMask: shifted(masks.shrinkAxisMask),
      },
    );
  }),
  ...batched<tf.ConcatInputs, tf.ConcatAttrs>([tf.Concat], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, rankOfFirst(call));
    return tf.concat(
      call.inputs.map((part) => call.full(part)),
      axis + 1,
    );
  }),
  ...batched<tf.PackInputs, tf.PackAttrs>([tf.Pack], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, rankOfFirst(call) + 1);
    return tf.stack(
      call.inputs.map((part) => call.full(part)),
      axis + 1,
    );
  }),
  ...batched<tf.UnpackInputs, tf.UnpackAttrs>([tf.Unpack], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.value.rank);
    return tf.unstack(call.stacked(call.inputs.value), axis + 1);
  }),
  ...batched<tf.SplitVInputs, tf.SplitVAttrs>([tf.SplitV], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.x.rank);
    return tf.split(call.stacked(call.inputs.x), call.attributes.numOrSizeSplits, axis + 1);
  }),
];

function rankOfFirst(call: KernelCall<readonly unknown[], unknown>): number {
  return call.inputs[0]?.rank ?? 0;
}
