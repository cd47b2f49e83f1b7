/** How a convolution lays its filter, from the attributes of its kernel. */
import * as tf from "@tensorflow/tfjs-core";
import type { Window } from "./patches.js";

type Pad = "valid" | "same" | number | tf.backend_util.ExplicitPadding;

/** The attributes that convolutions of two and three axes have in common. */
export interface ConvolutionAttributes {
  readonly strides: number | readonly number[];
  readonly pad: Pad;
  readonly dilations?: number | readonly number[];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** `images [count, ...sides, channels]`, `filter [...window, channels, out]` */
export function windowOf(
  images: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations = 1, dimRoundingMode }: ConvolutionAttributes,
): Window {
  if (filter.length === 5) {
    const info = tf.backend_util.computeConv3DInfo(
      images as [number, number, number, number, number],
      filter as [number, number, number, number, number],
      strides as number,
      dilations as number,
      pad as "valid",
    );
    const { padInfo } = info;
    return {
      filter: filter.slice(0, 3),
      strides: [info.strideDepth, info.strideHeight, info.strideWidth],
      dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
      padding: [
        [padInfo.front, padInfo.back],
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
      ],
      output: [info.outDepth, info.outHeight, info.outWidth],
    };
  }
  const info = tf.backend_util.computeConv2DInfo(
    images as [number, number, number, number],
    filter as [number, number, number, number],
    strides as number,
    dilations as number,
    pad,
    dimRoundingMode,
  );
  const { padInfo } = info;
  return {
    filter: filter.slice(0, 2),
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    padding: [
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
    ],
    output: [info.outHeight, info.outWidth],
  };
}
