/** Evolution strategies find sampling parameters of a real language model, through the whole stack. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pairedDifference, type LanguageModel } from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import { languageModel } from "@hyperfunc/llm";
import { HELD_OUT_BEGINNINGS } from "../src/beginnings.js";
import { knownWords } from "../src/dictionary.js";
import { loadStoryModel } from "../src/model-files.js";
import { freshExamples, measureAt, qualityMetric, type SamplingPoint } from "../src/program.js";
import { searchSampling, type SearchOutcome } from "../src/search.js";
import { StoryServer } from "../src/server.js";
import { withStoryModel } from "./with-story-model.js";

const HOT: SamplingPoint = { temperature: 1.8, topP: 1 };
const COLD: SamplingPoint = { temperature: 0.1, topP: 0.3 };
const SEED = 0;

withStoryModel("the search for temperature and topP", () => {
  let server: StoryServer;
  let model: LanguageModel;
  let known: ReadonlySet<string>;
  let fromHot: SearchOutcome;
  beforeAll(async () => {
    const story = loadStoryModel();
    server = await StoryServer.start(story);
    model = languageModel("stories260K", { baseUrl: server.baseUrl });
    known = await knownWords(story);
    fromHot = await searchSampling(model, known, { start: HOT, steps: 8, batchSize: 2, seed: SEED });
  });
  afterAll(async () => {
    await server.close();
  });

  const examples = freshExamples("held-out", 24, HELD_OUT_BEGINNINGS);

  it("improves the stories on fresh seeds and other beginnings", async () => {
    const at = async (point: SamplingPoint): Promise<readonly number[]> =>
      (await measureAt(fromHot.system, point, examples, qualityMetric(known))).scores;
    const { mean, interval } = pairedDifference(await at(fromHot.found), await at(HOT));
    expect(interval?.low).toBeGreaterThan(0);
    expect(mean).toBeGreaterThan(0.2);
  });

  it("moves nothing else, and counts what it cost", () => {
    const { system, result } = fromHot;
    expect([...(system.getHpState()["write"] ?? [])].slice(2)).toEqual([0, 0, 0.25]);
    expect(result).toMatchObject({
      accepted: true,
      mode: "concurrent",
      stopReason: "finished",
      warnings: [],
    });
    // 8 steps of 8 candidates on 2 examples; first and last, all 16 examples; 4 stories each; one run to look.
    expect(result.usage.calls).toBe(4 * (8 * 8 * 2 + 2 * 16));
  });

  it("gives the same bits again", async () => {
    const again = (seed: number): Promise<SearchOutcome> =>
      searchSampling(model, known, { start: HOT, steps: 2, batchSize: 1, seed });
    const [first, second, other] = [await again(SEED), await again(SEED), await again(SEED + 1)];
    const means = ({ result }: SearchOutcome): unknown => result.history.map(({ mean }) => mean);
    expect([second.found, means(second)]).toEqual([first.found, means(first)]);
    expect(means(other)).not.toEqual(means(first));
  });

  it("has something to find: stories are better in the middle than cold, hot, or hardly sampled", async () => {
    const middle: SamplingPoint = { temperature: 1.1, topP: 0.6 };
    const quality = async (point: SamplingPoint): Promise<readonly number[]> =>
      (await measureAt(fromHot.system, point, examples.slice(0, 8), qualityMetric(known))).scores;
    const best = await quality(middle);
    for (const edge of [COLD, HOT, { temperature: 2, topP: 0.6 }, { temperature: 1.1, topP: 0.1 }]) {
      expect(pairedDifference(best, await quality(edge)).interval?.low).toBeGreaterThan(0);
    }
  });
});

describe("the seeds of the search", () => {
  it("are common to the candidates of a step, fresh in every step, and not those of the measurement", async () => {
    const written = scriptedModel(() => "a story about one thing and another.");
    const seen: number[] = [];
    const model: LanguageModel = {
      ...written,
      provider: written.provider,
      modelId: written.modelId,
      generate: (request, options) => {
        seen.push(request.seed ?? NaN);
        return written.generate(request, options);
      },
    };
    const known = new Set(["story"]);
    const { system } = await searchSampling(model, known, { start: HOT, steps: 5, batchSize: 3, seed: SEED });
    const searched = new Set(seen);
    expect(searched.size).toBe(5 * 3 * 4);
    seen.length = 0;
    await measureAt(system, HOT, freshExamples("held-out", 6, HELD_OUT_BEGINNINGS), qualityMetric(known));
    expect(new Set(seen).size).toBe(6 * 4);
    expect(seen.filter((seed) => searched.has(seed))).toEqual([]);
  });
});
