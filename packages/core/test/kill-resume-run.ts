/**
 * One optimisation in a process of its own, for kill-resume.test.ts: 30 generations against a model server, with a
 * checkpoint directory. Prints the result as one line of JSON.
 *
 * node --conditions=@hyperfunc/source --import tsx test/kill-resume-run.ts <server> <directory>
 */
import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import {
  callModel,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type LanguageModel,
  type ModelResponse,
} from "@hyperfunc/core";
import { walker } from "./walker.js";

const [server = "", directory = ""] = process.argv.slice(2);

const model: LanguageModel = {
  provider: "local",
  modelId: "counting",
  generate: (request, { signal } = {}) =>
    new Promise<ModelResponse>((resolve, reject) => {
      const call = httpRequest(server, { method: "POST", ...(signal && { signal }) }, (response) => {
        text(response).then((body) => resolve(JSON.parse(body) as ModelResponse), reject);
      });
      call.on("error", reject);
      call.end(JSON.stringify(request.messages));
    }),
};

const Tone = defineHpType({
  name: "Tone",
  fields: { warmth: { default: 0, min: -3, max: 3 }, style: { choices: ["plain", "rich"] } },
});
const answer = hyperfunction(
  { name: "answer", hpType: Tone, optimizeHparams: true, prompt: "Answer." },
  async (question: string, { hp, prompt, rng }) => {
    const content = [prompt, question, hp.style, hp.warmth.toFixed(3), rng.int(0, 9)].join(" ");
    return Number((await callModel(model, { messages: [{ role: "user", content }] })).content);
  },
);
const system = hyperSystem(
  { name: "answering", optimizer: walker({ steps: 30, population: 4 }), concurrency: 4 },
  (question: string) => answer(question),
);

const examples = ["why", "how", "what"].map((question) => example(question, 0));
const { history, usage, ...result } = await system.optimize(
  examples,
  perExample((output: number) => output / 1000),
  { validation: [example("who", 0), example("when", 0)], validateEvery: 3, checkpoint: directory },
);
process.stdout.write(
  JSON.stringify({
    ...result,
    warnings: undefined,
    history: history.map(({ elapsedMs: _, ...entry }) => entry),
    state: system.exportState(),
    usage: { ...usage, elapsedMs: undefined, replayedCalls: undefined },
    replayedCalls: usage.replayedCalls,
  }),
);
