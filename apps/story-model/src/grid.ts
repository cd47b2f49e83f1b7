/** What evolution strategies are compared with: trying a grid of temperatures and nuclei, for the same number of tokens. */
import { meanInterval } from "@hyperfunc/core";
import { TRAINING_BEGINNINGS } from "./beginnings.js";
import {
  freshExamples,
  measureAt,
  type qualityMetric,
  type SamplingPoint,
  type StorySystem,
} from "./program.js";

export const TEMPERATURES = [0.2, 0.5, 0.8, 1.1, 1.4, 1.7, 2];
export const TOP_PS = [0.2, 0.4, 0.6, 0.8, 1];

export interface GridPoint extends SamplingPoint {
  readonly quality: number;
}

export interface Grid {
  readonly points: readonly GridPoint[];
  readonly best: GridPoint;
  /** Examples that each point was tried on. */
  readonly examples: number;
  readonly tokens: number;
}

/** Tries all points on one fresh example after the other, until the tokens are spent. */
export async function gridSearch(
  system: StorySystem,
  metric: ReturnType<typeof qualityMetric>,
  mostTokens: number,
): Promise<Grid> {
  const tried = TEMPERATURES.flatMap((temperature) =>
    TOP_PS.map((topP) => ({ temperature, topP, scores: [] as number[] })),
  );
  let tokens = 0;
  let examples = 0;
  while (tokens < mostTokens) {
    examples += 1;
    const newest = freshExamples("grid", examples, TRAINING_BEGINNINGS).slice(-1);
    for (const point of tried) {
      const measured = await measureAt(system, point, newest, metric);
      point.scores.push(...measured.scores);
      tokens += measured.tokens;
    }
  }
  const points = tried.map(({ scores, ...point }) => ({ ...point, quality: meanInterval(scores).mean }));
  const best = points.reduce((high, point) => (point.quality > high.quality ? point : high));
  return { points, best, examples, tokens };
}
