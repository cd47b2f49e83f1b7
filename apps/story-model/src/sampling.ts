/** How the next token is drawn: penalties, temperature and nucleus, as the OpenAI API defines them. */
import type { Rng } from "@hyperfunc/core";

/** A global is slow in a sandbox such as that of jest, and a token needs this one for every token there is. */
const { exp } = Math;

export interface Sampling {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  /** The most likely tokens that together have this probability are kept, one at least (Holtzman et al. 2020). */
  readonly topP: number;
  /** Taken off the logits of tokens that have been drawn before, once. */
  readonly presencePenalty: number;
  /** Taken off as often as they have been drawn. */
  readonly frequencyPenalty: number;
}

/** Draws the tokens of one answer; knows which it has drawn. */
export class Sampler {
  readonly #sampling: Sampling;
  readonly #rng: Rng;
  readonly #drawn = new Map<number, number>();

  constructor(sampling: Sampling, rng: Rng) {
    this.#sampling = sampling;
    this.#rng = rng;
  }

  /** The next token. The logits are left as they are. */
  draw(logits: Float32Array): number {
    const { temperature, topP } = this.#sampling;
    const penalised = this.#penalised(logits);
    const token =
      temperature === 0 ? highest(penalised) : this.#sampled(softmax(penalised, temperature), topP);
    this.#drawn.set(token, (this.#drawn.get(token) ?? 0) + 1);
    return token;
  }

  #sampled(probabilities: Float64Array, topP: number): number {
    return tokenAt(this.#rng.uniform(), nucleus(probabilities, topP), probabilities);
  }

  #penalised(logits: Float32Array): Float32Array {
    const { presencePenalty, frequencyPenalty } = this.#sampling;
    if (presencePenalty === 0 && frequencyPenalty === 0) return logits;
    const result = logits.slice();
    for (const [token, count] of this.#drawn) {
      result[token] = (result[token] ?? 0) - presencePenalty - count * frequencyPenalty;
    }
    return result;
  }
}

function softmax(logits: Float32Array, temperature: number): Float64Array {
  const top = logits[highest(logits)] ?? 0;
  const probabilities = new Float64Array(logits.length);
  let total = 0;
  for (let token = 0; token < logits.length; token++) {
    const weight = exp(((logits[token] ?? 0) - top) / temperature);
    probabilities[token] = weight;
    total += weight;
  }
  for (let token = 0; token < logits.length; token++)
    probabilities[token] = (probabilities[token] ?? 0) / total;
  return probabilities;
}

/** The fewest tokens that have the mass together, the most likely first; equals in the order of their ids. */
function nucleus(probabilities: Float64Array, mass: number): readonly number[] {
  // Tokens below this have less than 1 - mass together, so none of them is needed, and few are left to be sorted.
  const floor = (1 - mass) / probabilities.length;
  const likely: number[] = [];
  for (let token = 0; token < probabilities.length; token++) {
    if ((probabilities[token] ?? 0) >= floor) likely.push(token);
  }
  if (mass === 1) return likely; // all of them, in whatever order
  likely.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  let total = 0;
  const last = likely.findIndex((token) => (total += probabilities[token] ?? 0) >= mass);
  return last < 0 ? likely : likely.slice(0, last + 1);
}

/** The token at a share, in [0, 1), of the way through some tokens laid out by their probabilities. */
function tokenAt(share: number, tokens: readonly number[], probabilities: Float64Array): number {
  let total = 0;
  for (const token of tokens) total += probabilities[token] ?? 0;
  let left = share * total;
  for (const token of tokens) {
    left -= probabilities[token] ?? 0;
    if (left < 0) return token;
  }
  return tokens.at(-1) ?? 0;
}

function highest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
