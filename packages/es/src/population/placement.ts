/** Where in the tensors of a frame each member of a batch has its values. */
import type { BatchLayout, BatchMember } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Frame, Place } from "./frame.js";

export class Placement implements BatchLayout {
  constructor(
    readonly frame: Frame,
    readonly members: readonly BatchMember[],
    readonly places: readonly Place[],
  ) {}

  /** Every candidate on every example. */
  static ofAll(frame: Frame): Placement {
    const columns = frame.columns.size;
    const members = Array.from({ length: frame.candidates.size * columns }, (_, cell) => ({
      candidate: Math.floor(cell / columns),
      example: cell % columns,
    }));
    const places = members.map(({ candidate, example }) => ({ candidate, column: example }));
    return new Placement(frame, members, places);
  }

  /**
   * One tensor of the given shape, batched like the members, from what each of them has; equal objects stand for equal
   * values. It depends on the candidates only where members of one column have different ones.
   */
  spread<Own extends object>(
    owns: readonly Own[],
    shape: readonly number[],
    valuesOf: (own: Own) => Float32Array,
  ): tf.Tensor {
    const columns = this.frame.columns.size;
    const byColumn = new Map<number, Own>();
    const common = this.places.every(({ column }, member) => {
      const own = owns[member];
      if (own !== undefined && !byColumn.has(column)) byColumn.set(column, own);
      return byColumn.get(column) === own;
    });
    const candidates = common ? 1 : this.frame.candidates.size;
    const known = new Map<Own, Float32Array>();
    const cells: (Float32Array | undefined)[] = [];
    owns.forEach((own, member) => {
      const place = this.places[member];
      if (place === undefined) return;
      const values = known.get(own) ?? valuesOf(own);
      known.set(own, values);
      cells[(common ? 0 : place.candidate) * columns + place.column] = values;
    });
    const size = tf.util.sizeFromShape([...shape]);
    const all = new Float32Array(candidates * columns * size);
    const [filler] = known.values(); // for cells that nobody asked for, which are computed too
    for (let cell = 0; cell < candidates * columns; cell++) all.set(cells[cell] ?? filler ?? [], cell * size);
    return tf.tidy(() => this.frame.wrap(tf.tensor(all, [candidates, columns, ...shape], "float32")));
  }
}
