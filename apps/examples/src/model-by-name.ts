/** Any server that speaks chat completions is a provider: here one of thirty lines that counts words, asked for a typed answer. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { llmCompletion, registerProvider } from "@hyperfunc/llm";
import { z } from "zod";

interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
}

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const { model, messages } = JSON.parse(Buffer.concat(pieces).toString()) as ChatBody;
    const words = messages.at(-1)?.content.split(/\s+/).length ?? 0;
    const content = JSON.stringify({ words });
    const usage = { prompt_tokens: words, completion_tokens: 1, total_tokens: words + 1 };
    const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ model, choices, usage }));
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

registerProvider("counter", { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
const { parsed, usage, model } = await llmCompletion({
  model: "counter/words",
  prompt: "How many words has this question?",
  schema: z.object({ words: z.number().int() }),
});
console.log(`${model} says ${parsed.words} words, for ${usage.totalTokens} tokens`);
server.closeAllConnections();
server.close();
if (parsed.words !== 6) process.exitCode = 1;
