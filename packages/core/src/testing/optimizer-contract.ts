/** What every `Optimizer` must do, as cases for any test runner. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { memoryCheckpoints } from "../checkpoint/memory-checkpoints.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { example } from "../evaluation/example.js";
import { perExample } from "../evaluation/metric.js";
import { hyperfunction } from "../hyperfunction/hyperfunction.js";
import type { Optimizer } from "../optimize/optimizer.js";
import type { OptimizeOptions, OptimizeResult } from "../optimize/options.js";
import { defineHpType } from "../parameters/define-hp-type.js";
import type { HpState } from "../parameters/hp-state.js";
import { hyperSystem } from "../system/hyper-system-function.js";
import type { ContractCase } from "./contract-case.js";

interface Trial {
  readonly result: OptimizeResult;
  readonly state: HpState;
}

type Train = (options?: OptimizeOptions<number, number, number>, fail?: () => boolean) => Promise<Trial>;

/**
 * The contract of `Optimizer`, on a program with one bounded number: the score is best at 0.8, the start is 0.2.
 *
 * @param make Makes a new optimizer with at least 10 steps; the same options every time.
 */
export function optimizerContract(make: () => Optimizer): ContractCase[] {
  const train: Train = (options, fail) => trainOnce(make(), options, fail);
  return Object.entries(CASES).map(([name, check]) => ({ name, run: () => check(train) }));
}

const CASES: Readonly<Record<string, (train: Train) => Promise<void>>> = {
  "improves the score and stays within the bounds": async (train) => {
    const { result, state } = await train();
    ok(
      (result.finalScore ?? -1) > (result.initialScore ?? 0),
      `${result.initialScore} -> ${result.finalScore}`,
    );
    ok(result.history.length >= 10);
    const [value = NaN] = state["contract"] ?? [];
    ok(value >= 0 && value <= 1, `${value} is outside [0, 1]`);
  },

  "gives the same bits for the same seed": async (train) => {
    const [first, second] = [await train({ seed: 3 }), await train({ seed: 3 })];
    deepEqual(first.state, second.state);
    deepEqual(withoutTimes(first.result), withoutTimes(second.result));
  },

  "goes on from a checkpoint to the same bits": async (train) => {
    const whole = await train();
    const checkpoint = memoryCheckpoints();
    const interruption = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 4) interruption.abort();
    };
    const part = await train({ checkpoint, onProgress, signal: interruption.signal });
    equal(part.result.stopReason, "aborted");
    const rest = await train({ checkpoint, resume: "require" });
    deepEqual(rest.state, whole.state);
    deepEqual(withoutTimes(rest.result), withoutTimes(whole.result));
  },

  "stops at an exhausted budget without spending more": async (train) => {
    const { result } = await train({ budget: { maxRuns: 40 } });
    ok(result.usage.runs <= 40, `${result.usage.runs} runs`);
    equal(result.stopReason, "budget");
  },

  "learns nothing from infrastructure failures": async (train) => {
    let runs = 0;
    // The probe and the initial measurement are runs 0 and 1.
    const unlucky = (): boolean => runs++ % 9 === 5;
    const { state } = await train({}, unlucky);
    ok([...(state["contract"] ?? [])].every(Number.isFinite));
  },
};

async function trainOnce(
  optimizer: Optimizer,
  options: OptimizeOptions<number, number, number> = {},
  fail: () => boolean = () => false,
): Promise<Trial> {
  const Value = defineHpType({ name: "Value", fields: { value: { default: 0.2, min: 0, max: 1 } } });
  const score = hyperfunction(
    { name: "contract", hpType: Value, optimizeHparams: true },
    (_: number, { hp }) => {
      if (fail()) throw new HyperfuncError("INFRASTRUCTURE", "overloaded", { infrastructure: true });
      return -((hp.value - 0.8) ** 2);
    },
  );
  const system = hyperSystem({ name: "contract", optimizer }, (input: number) => score(input));
  const metric = perExample((output: number) => output);
  const result = await system.optimize([example(0, 0)], metric, options);
  return { result, state: system.getHpState() };
}

function withoutTimes({ history, initialScore, finalScore }: OptimizeResult): unknown {
  return { initialScore, finalScore, history: history.map((entry) => ({ ...entry, elapsedMs: 0 })) };
}
