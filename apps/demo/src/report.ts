/** What the trained program does on pairs it has never seen, in numbers and in pictures. */
import { meanInterval } from "@hyperfunc/core";
import type { LabelledPair } from "./digits.js";
import { SIDE } from "./digits.js";
import { businessReward, coverage, sumAccuracy } from "./metrics.js";
import type { AddDigits, Reading } from "./program.js";
import { examples } from "./train.js";

export interface Report {
  readonly sumAccuracy: number;
  /** Share of single digits read right: a program can add correctly and misread both digits. */
  readonly digitAccuracy: number;
  readonly reward: number;
  readonly rewardNeverAbstaining: number;
  readonly coverage: number;
}

export async function report(system: AddDigits, pairs: readonly LabelledPair[]): Promise<Report> {
  const data = examples(pairs);
  const threshold = system.getHpState();
  const reward = await system.evaluate(data, businessReward);
  const covered = await system.evaluate(data, coverage);
  system.setHpState({ decide: [0] });
  const rewardNeverAbstaining = await system.evaluate(data, businessReward);
  system.setHpState(threshold);
  return {
    sumAccuracy: await system.evaluate(data, sumAccuracy),
    digitAccuracy: await digitAccuracy(system, pairs),
    reward,
    rewardNeverAbstaining,
    coverage: covered,
  };
}

async function digitAccuracy(system: AddDigits, pairs: readonly LabelledPair[]): Promise<number> {
  const { outputs } = await system.evaluateDetailed(examples(pairs), sumAccuracy);
  const right: number[] = [];
  for (const [index, output] of outputs.entries()) {
    const digits = pairs[index]?.digits;
    if (output === undefined || digits === undefined) continue;
    const read = await readingOf(output);
    right.push(Number(read.left === digits[0]), Number(read.right === digits[1]));
    disposeReading(output);
  }
  return meanInterval(right).mean;
}

function disposeReading({ sums, answers, left, right }: Reading): void {
  for (const tensor of [sums, answers, left, right]) tensor.dispose();
}

async function readingOf({
  left,
  right,
  sums,
  answers,
}: Reading): Promise<{ left: number; right: number; sum: number; answers: boolean }> {
  const best = async (tensor: Reading["sums"]): Promise<number> => {
    const values = await tensor.data();
    return values.indexOf(Math.max(...values));
  };
  return {
    left: await best(left),
    right: await best(right),
    sum: await best(sums),
    answers: (await answers.data())[0] === 1,
  };
}

export function table(result: Report): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const rows: [string, string][] = [
    ["sum accuracy", percent(result.sumAccuracy)],
    ["digit accuracy", percent(result.digitAccuracy)],
    ["reward per pair, abstaining", result.reward.toFixed(3)],
    ["reward per pair, always answering", result.rewardNeverAbstaining.toFixed(3)],
    ["pairs answered", percent(result.coverage)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value.padStart(8)}`).join("\n");
}

/** Draws pairs with what the program makes of them. */
export async function gallery(system: AddDigits, pairs: readonly LabelledPair[]): Promise<string> {
  const drawings: string[] = [];
  for (const { example, digits } of pairs) {
    const output = await system.run(example.inputs);
    const reading = await readingOf(output);
    disposeReading(output);
    const said = reading.answers ? `= ${reading.sum}` : `(abstains; thinks ${reading.sum})`;
    const [left, right] = [await drawing(example.inputs.left), await drawing(example.inputs.right)];
    const lines = left.map((line, row) => `  ${line}   ${right[row] ?? ""}`);
    drawings.push(
      [
        ...lines,
        `  reads ${reading.left} + ${reading.right} ${said}, labelled ${digits[0] + digits[1]}`,
      ].join("\n"),
    );
  }
  return drawings.join("\n\n");
}

const SHADES = " ░▒▓█";

/** Two rows of pixels per line of text. */
async function drawing(image: { data(): Promise<ArrayLike<number>> }): Promise<string[]> {
  const pixels = await image.data();
  return Array.from({ length: SIDE / 2 }, (_, line) =>
    Array.from({ length: SIDE }, (_, column) => {
      const at = 2 * line * SIDE + column;
      const ink = (((pixels[at] ?? 0) + (pixels[at + SIDE] ?? 0)) / 2) * 0.31 + 0.13;
      return (SHADES[Math.min(SHADES.length - 1, Math.floor(ink * SHADES.length))] ?? " ").repeat(2);
    }).join(""),
  );
}
