/** The rule by which a search decides, from its first generations, whether threads pay. */

/** Loading tfjs and the program once more, in milliseconds. */
const START_MS = 1000;
/** Telling a thread its share and hearing the fitness, in milliseconds. */
const EXCHANGE_MS = 0.5;
/** Less is not worth the processors that it takes. */
const LEAST_SPEEDUP = 1.2;

export interface Measured {
  readonly threads: number;
  /** Milliseconds that the evaluation of a generation takes in one thread. */
  readonly evaluationMs: number;
  /** Milliseconds of a generation for everything else, which every thread does for itself. */
  readonly restMs: number;
  readonly generationsLeft: number;
}

/** Why threads would not pay, with the numbers; undefined when they would. */
export function whyThreadsDoNotPay(measured: Measured): string | undefined {
  const { threads, evaluationMs, restMs, generationsLeft } = measured;
  const alone = evaluationMs + restMs;
  const together = evaluationMs / threads + restMs + EXCHANGE_MS;
  const generation = `a generation takes ${ms(alone)}, ${ms(evaluationMs)} of it for the evaluation, which alone is shared out`;
  if (alone < LEAST_SPEEDUP * together) {
    return `${generation}: ${threads} threads would make it ${(alone / together).toFixed(2)} x as fast, and at least ${LEAST_SPEEDUP} x pays`;
  }
  const saved = generationsLeft * (alone - together);
  if (saved >= START_MS) return undefined;
  return `${generation}: ${threads} threads would save about ${ms(saved)} in the ${generationsLeft} generations left, and take about ${ms(START_MS)} to start`;
}

/** Why threads that were tried did not pay; undefined when they did. */
export function whyThreadsDidNotPay(
  threads: number,
  aloneMs: number,
  togetherMs: number,
): string | undefined {
  if (togetherMs < aloneMs) return undefined;
  return `a generation took ${ms(togetherMs)} in ${threads} threads and ${ms(aloneMs)} in one`;
}

function ms(milliseconds: number): string {
  return `${milliseconds < 100 ? milliseconds.toPrecision(3) : Math.round(milliseconds)} ms`;
}
