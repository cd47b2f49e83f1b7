/** Pending calls of one hyperfunction, from many runs, as one call on batched tensors. */
import type { PendingCall } from "@hyperfunc/core";
import { isTensor } from "../backend/tfjs-engine.js";
import { adopt } from "../lifetime/owned-tensors.js";
import { cellOf, overlay, treeOf, wholeOf, type CellTree } from "./cell-tree.js";
import type { Frame, Place } from "./frame.js";
import { toBatch } from "./outputs.js";
import { Placement } from "./placement.js";
import { rowOf } from "./row-tensor.js";
import { stackRows } from "./stack-rows.js";
import type { Workshop } from "./workshop.js";

/** Calls that cover less than this share of a frame are gathered into a smaller one. */
const SPARSE = 0.5;

export type Body = (input: unknown, layout: Placement) => unknown;

/** Executes the calls; the i-th result belongs to the i-th call. @throws NOT_VECTORISABLE. */
export async function callBatch(
  frame: Frame,
  workshop: Workshop,
  body: Body,
  calls: readonly PendingCall[],
): Promise<unknown[]> {
  const layers = layersOf(calls, frame);
  if (layers.length === 1) return callLayer(frame, workshop, body, calls);
  const results: unknown[] = [];
  for (const layer of layers) {
    const members = layer.map((index) => calls[index]).filter((call) => call !== undefined);
    const outputs = await callLayer(frame, workshop, body, members);
    layer.forEach((index, position) => {
      results[index] = outputs[position];
    });
  }
  return results;
}

/** Positions of calls such that no layer has two calls of one cell: parallel calls of a run stay in order. */
function layersOf(calls: readonly PendingCall[], { candidates, columns }: Frame): number[][] {
  const layers: number[][] = [];
  const depths = new Uint32Array(candidates.size * columns.size);
  calls.forEach(({ candidate, example }, index) => {
    const cell = candidate * columns.size + example;
    const depth = depths[cell] ?? 0;
    depths[cell] = depth + 1;
    (layers[depth] ??= []).push(index);
  });
  return layers;
}

async function callLayer(
  sessionFrame: Frame,
  workshop: Workshop,
  body: Body,
  calls: readonly PendingCall[],
): Promise<unknown[]> {
  const { frame, places } = arrange(sessionFrame, calls);
  const stacking = { frame, places, candidates: frame.candidates.size, workshop };
  const inputs = overlay(
    calls.map((call) => call.input),
    (tensors, name) => stackRows(stacking, tensors, name),
    "",
  );
  const scope = workshop.openScope();
  const refusals = frame.refusals;
  let output: CellTree | undefined;
  try {
    const input = adopt(scope, () => wholeOf(inputs, frame, (batch) => frame.wrap(batch.tensor(workshop))));
    const result = await adopt(scope, () => body(input, new Placement(frame, calls, places)));
    if (frame.refusals > refusals && frame.lastRefusal !== undefined) throw frame.lastRefusal;
    output = treeOf(result, (tensor) => toBatch(tensor, frame, workshop));
  } finally {
    scope.close();
  }
  const tree = output;
  return places.map((place, index) => cellOf(tree, place, index));
}

/**
 * A frame that holds all calls, and their places in it.
 *
 * Rows of an earlier batch with a frame of its own keep it, so that a chain of calls on a part of the population is
 * restacked for free.
 */
function arrange(session: Frame, calls: readonly PendingCall[]): { frame: Frame; places: readonly Place[] } {
  const own = earlierFrame(session, calls);
  if (own !== undefined) return own;
  const places = calls.map(({ candidate, example }) => session.place(candidate, example));
  if (!isSparse(session, calls)) return { frame: session, places };
  const counts = new Map<number, number>();
  const packed = calls.map(({ candidate }): Place => {
    const column = counts.get(candidate) ?? 0;
    counts.set(candidate, column + 1);
    return { candidate, column };
  });
  const columns = Math.max(...counts.values());
  return columns === session.columns.size
    ? { frame: session, places }
    : { frame: session.withColumns(columns), places: packed };
}

function isSparse({ candidates, columns }: Frame, calls: readonly PendingCall[]): boolean {
  return calls.length < SPARSE * candidates.size * columns.size;
}

function earlierFrame(
  session: Frame,
  calls: readonly PendingCall[],
): { frame: Frame; places: readonly Place[] } | undefined {
  const frame = rowIn(calls[0]?.input, (candidate) => candidate !== session)?.batch.frame;
  if (frame === undefined || isSparse(frame, calls)) return undefined;
  const places: Place[] = [];
  const taken = new Set<number>();
  for (const { candidate, input } of calls) {
    const row = rowIn(input, (other) => other === frame);
    if (row === undefined || row.candidate !== candidate) return undefined;
    const cell = candidate * frame.columns.size + row.column;
    if (taken.has(cell)) return undefined;
    taken.add(cell);
    places.push(row);
  }
  return { frame, places };
}

/** The first row of a batch in a fitting frame, among the input and the values of its keys. */
function rowIn(input: unknown, fits: (frame: Frame) => boolean): ReturnType<typeof rowOf> {
  const values: readonly unknown[] = isTensor(input)
    ? [input]
    : typeof input === "object" && input !== null
      ? Object.values(input)
      : [];
  for (const value of values) {
    const row = isTensor(value) ? rowOf(value) : undefined;
    if (row !== undefined && fits(row.batch.frame)) return row;
  }
  return undefined;
}
