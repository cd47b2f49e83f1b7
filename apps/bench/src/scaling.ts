/** How time and memory grow, each point in a process of its own, so that its memory is its own. */
import { runProgram } from "./run-program.js";

export interface Point {
  readonly candidates: number;
  readonly examples: number;
  readonly width: number;
  readonly rank: number;
}

export interface MeasuredPoint extends Point {
  readonly bestMs: number;
  /** Largest size of the WebAssembly heap, in MiB. */
  readonly heapMiB: number;
}

export type Dimension = keyof Point;

const BASE: Point = { candidates: 32, examples: 200, width: 512, rank: 1 };
const VALUES: Readonly<Record<Dimension, readonly number[]>> = {
  candidates: [32, 128, 512, 1024, 2048, 4096],
  examples: [32, 128, 512, 1024, 2048, 4096],
  width: [32, 64, 128, 256, 512, 1024, 2048],
  rank: [1, 2, 4, 8, 16],
};

export type Scaling = Readonly<Record<Dimension, readonly MeasuredPoint[]>>;

export function scaling(report: (point: MeasuredPoint) => void): Scaling {
  const entries = (Object.keys(VALUES) as Dimension[]).map((dimension) => {
    const points = VALUES[dimension].map((value) => {
      const point = measured({ ...BASE, [dimension]: value });
      report(point);
      return point;
    });
    return [dimension, points] as const;
  });
  return Object.fromEntries(entries) as unknown as Scaling;
}

function measured(point: Point): MeasuredPoint {
  const program = new URL("./scaling-point.ts", import.meta.url).href;
  return JSON.parse(runProgram(program, [JSON.stringify(point)])) as MeasuredPoint;
}
