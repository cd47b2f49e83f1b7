/** One line of the terminal that says how training goes; a line now and then where there is no terminal. */
import type { Progress } from "@hyperfunc/core";
import type { LabelledPair } from "./digits.js";
import { sumAccuracy } from "./metrics.js";
import { AddDigits } from "./program.js";
import { examples } from "./train.js";

const INTERVAL_MS = process.stdout.isTTY ? 1000 : 5000;

export class ProgressLine {
  /** The same program with the parameters of the moment, looked at on pairs that training does not see. */
  readonly #program = new AddDigits();
  readonly #heldOut: ReturnType<typeof examples>;
  readonly #started = Date.now();
  #shownAt = 0;
  #rate = 0;
  /** Where this process came in: a resumed run has steps that it did not take. */
  #entry = { phase: 0, step: 0, at: 0 };

  constructor(validation: readonly LabelledPair[]) {
    this.#heldOut = examples(validation);
  }

  async show(phase: 1 | 2, progress: Progress): Promise<void> {
    const { step, steps = step, mean, runsPerSecond } = progress;
    this.#rate = this.#rate === 0 ? runsPerSecond : 0.9 * this.#rate + 0.1 * runsPerSecond;
    const last = step === steps;
    if (Date.now() - this.#shownAt < INTERVAL_MS && !last) return;
    this.#shownAt = Date.now();
    this.#program.setHpState(progress.hpState());
    const accuracy = await this.#program.evaluate(this.#heldOut, sumAccuracy);
    write(
      [
        `${phase === 1 ? "reading" : "caution"} ${step}/${steps}`,
        `${phase === 1 ? "log p(sum)" : "reward"} ${mean?.toFixed(3) ?? "-"}`,
        `held-out sums ${(100 * accuracy).toFixed(1)} %`,
        `${Math.round(this.#rate / 1000)}k evaluations/s`,
        last
          ? `${((Date.now() - this.#started) / 1000).toFixed(0)} s in all`
          : this.#timeLeft(phase, step, steps),
      ].join("   "),
      last,
    );
  }

  #timeLeft(phase: number, step: number, steps: number): string {
    if (phase !== this.#entry.phase) this.#entry = { phase, step, at: Date.now() };
    const taken = step - this.#entry.step;
    if (taken === 0) return "";
    return `${Math.ceil(((steps - step) * (Date.now() - this.#entry.at)) / taken / 1000)} s left`;
  }
}

function write(text: string, last: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[2K${text}${last ? "\n" : ""}`);
  else process.stdout.write(`${text}\n`);
}
