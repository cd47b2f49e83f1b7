/**
 * A hyperfunction that calls a language model over real HTTP, trained on its sampling temperature.
 *
 * The server speaks the OpenAI protocol on loopback and stands for any provider; it writes nonsense when hot and repeats
 * itself when cold. Everything else is what a paid run needs: usage, a hard budget, retries, a trace.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  callModel,
  example,
  hyperfunction,
  hyperSystem,
  LMParam,
  perExample,
  type LanguageModel,
} from "@hyperfunc/core";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";

let requests = 0;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    requests += 1;
    if (requests % 50 === 0) return void response.writeHead(429, { "retry-after": "0" }).end("{}");
    const { temperature } = JSON.parse(body) as { temperature: number };
    const good = Math.round(10 * Math.max(0, 1 - Math.abs(temperature - 1.1)));
    const content = Array.from({ length: 10 }, (_, word) => (word < good ? "word" : "noise")).join(" ");
    const usage = { prompt_tokens: 12, completion_tokens: 10, total_tokens: 22 };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ model: "local", choices: [{ message: { content }, finish_reason: "stop" }], usage }),
    );
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;

interface Completion {
  readonly model: string;
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
}

/** The least a language model needs: one POST. */
const model: LanguageModel = {
  provider: "local",
  modelId: "writer",
  async generate({ messages, temperature, maxTokens }, { signal } = {}) {
    const body = JSON.stringify({ model: "writer", messages, temperature, max_tokens: maxTokens });
    const reply = await fetch(url, { method: "POST", body, ...(signal === undefined ? {} : { signal }) });
    if (!reply.ok) throw Object.assign(new Error("The server refused."), { status: reply.status });
    const { choices, usage, model: name } = (await reply.json()) as Completion;
    return {
      content: choices[0]?.message.content ?? "",
      finishReason: "stop",
      model: name,
      usage: {
        inputTokens: usage.prompt_tokens,
        outputTokens: usage.completion_tokens,
        totalTokens: usage.total_tokens,
      },
    };
  },
};

const write = hyperfunction(
  { name: "write", hpType: LMParam, optimizeHparams: true, retries: 3, timeoutMs: 5000 },
  async ({ topic }: { topic: string }, { hp }) => {
    const messages = [{ role: "user" as const, content: `Write about ${topic}.` }];
    return (await callModel(model, { messages, temperature: hp.temperature, maxTokens: 16 })).content;
  },
);
const system = hyperSystem(
  {
    name: "writer",
    concurrency: 16,
    systemOptimizer: new ESHybridSystemOptimizer({
      steps: 20,
      popSize: 12,
      sigma: 0.1,
      lr: 0.04,
      only: ["write.hp.temperature"],
    }),
  },
  (input: { topic: string }) => write(input),
);
const words = perExample((text: string) => text.split(" ").filter((word) => word === "word").length / 10);
const data = ["rain", "bread", "chess"].map((topic) => example({ topic }, null));

const result = await system.optimize(data, words, { budget: { maxCalls: 1200, maxTokens: 400_000 } });
console.log(
  `good words ${result.initialScore?.toFixed(2)} -> ${result.finalScore?.toFixed(2)} (${result.mode}, ${result.stopReason})`,
);
console.log(`temperature ${system.getHpState()["write"]?.[0]?.toFixed(2)}`);
const { calls, totalTokens } = result.usage;
console.log(`${calls} calls, ${totalTokens} tokens; the server saw ${requests} requests`);
server.close();
server.closeAllConnections();
