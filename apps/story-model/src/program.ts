/** The program whose sampling parameters are searched: several stories from one beginning, which should differ. */
import {
  example,
  hyperfunction,
  hyperSystem,
  LMParam,
  perExample,
  type Example,
  type HpState,
  type HyperSystem,
  type LanguageModel,
  type Optimizer,
  type PerExampleMetric,
} from "@hyperfunc/core";
import { llmCompletion } from "@hyperfunc/llm";
import { storyQuality } from "./fluency.js";

export interface StoryInput {
  readonly beginning: string;
}

export type StoryExample = Example<StoryInput, null>;
export type StorySystem = HyperSystem<StoryInput, readonly string[]>;

export interface SamplingPoint {
  readonly temperature: number;
  readonly topP: number;
}

const NAME = "write";
/** All that the search may change; the other parameters of `LMParam` keep their defaults. */
export const SEARCHED = [`${NAME}.hp.temperature`, `${NAME}.hp.topP`];

const STORIES = 4;
const STORY_TOKENS = 24;
const LARGEST_SEED = 2 ** 31 - 1;

/**
 * Four short stories from one beginning, by any model that takes seeds.
 *
 * The sampling seed of a call comes from the context's `rng`, which is keyed by (seed of the system, id of the example,
 * place of the call): all candidates and all measurements of an example share it, and another id is a fresh one.
 */
export function storySystem(
  model: LanguageModel,
  start: SamplingPoint,
  options: { readonly optimizer?: Optimizer; readonly seed?: number } = {},
): StorySystem {
  const write = hyperfunction(
    { name: NAME, hpType: LMParam, optimizeHparams: true },
    async ({ beginning }: StoryInput, { hp, rng }) => {
      const seed = rng.int(0, LARGEST_SEED);
      const asked = { model, prompt: beginning, hp, seed, maxTokens: STORY_TOKENS };
      return (await llmCompletion(asked)).content;
    },
  );
  const system = hyperSystem(
    { name: "stories", hyperfunctions: [write], ...options },
    (input: StoryInput): Promise<readonly string[]> =>
      Promise.all(Array.from({ length: STORIES }, () => write(input))),
  );
  return system.registerHyperfunction(write, { hpInit: start });
}

/** The searched parameters in a state of the system. */
export function samplingPoint(state: HpState): SamplingPoint {
  const [temperature = NaN, topP = NaN] = state[NAME] ?? [];
  return { temperature, topP };
}

function setSamplingPoint(system: StorySystem, { temperature, topP }: SamplingPoint): void {
  const others = system.getHpState()[NAME]?.slice(2) ?? [];
  system.setHpState({ [NAME]: [temperature, topP, ...others] });
}

/**
 * Examples with fresh seeds, over some beginnings in turns.
 *
 * @param purpose Part of their ids, which key the seeds: examples of different purposes share none.
 */
export function freshExamples(
  purpose: string,
  count: number,
  beginnings: readonly string[],
): readonly StoryExample[] {
  return Array.from({ length: count }, (_, index) =>
    example({ beginning: beginnings[index % beginnings.length] ?? "" }, null, `${purpose} ${index}`),
  );
}

export function qualityMetric(
  known: ReadonlySet<string>,
): PerExampleMetric<StoryInput, readonly string[], null> {
  return perExample((stories: readonly string[]) => storyQuality(stories, known));
}

export interface Measurement {
  readonly scores: readonly number[];
  readonly tokens: number;
}

/** The quality at some sampling parameters, example by example; the system keeps its own. */
export async function measureAt(
  system: StorySystem,
  point: SamplingPoint,
  examples: readonly StoryExample[],
  metric: ReturnType<typeof qualityMetric>,
): Promise<Measurement> {
  const own = system.getHpState();
  setSamplingPoint(system, point);
  const { scores = [], usage, failures } = await system.evaluateDetailed(examples, metric);
  system.setHpState(own);
  const known = scores.filter((score) => score !== undefined);
  if (known.length < examples.length) {
    throw new Error("Some examples could not be measured.", { cause: failures[0]?.error });
  }
  return { scores: known, tokens: usage.totalTokens };
}
