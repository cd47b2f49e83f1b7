/** One answer on its way to the client: as one body, or as server-sent events. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { ChatRequest } from "./chat-request.js";
import type { Ending } from "./generate.js";

export class ChatAnswer {
  readonly #asked: ChatRequest;
  readonly #promptTokens: number;
  readonly #response: ServerResponse;
  readonly #common = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000) };
  #content = "";
  #begun = false;

  constructor(asked: ChatRequest, promptTokens: number, response: ServerResponse) {
    this.#asked = asked;
    this.#promptTokens = promptTokens;
    this.#response = response;
  }

  write(piece: string): void {
    if (piece === "") return;
    this.#content += piece;
    if (this.#asked.stream) this.#event(this.#choice({ content: piece }));
  }

  end({ finishReason, completionTokens }: Ending): void {
    const usage = {
      prompt_tokens: this.#promptTokens,
      completion_tokens: completionTokens,
      total_tokens: this.#promptTokens + completionTokens,
    };
    const { model } = this.#asked;
    if (!this.#asked.stream) {
      const message = { role: "assistant", content: this.#content, refusal: null };
      const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason }];
      sendJson(this.#response, 200, { ...this.#common, object: "chat.completion", model, choices, usage });
      return;
    }
    this.#event(this.#choice({}, finishReason));
    if (this.#asked.includeUsage) this.#event({ choices: [], usage });
    this.#response.end("data: [DONE]\n\n");
  }

  #choice(delta: object, finishReason: Ending["finishReason"] | null = null): object {
    return { choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] };
  }

  #event(fields: object): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      this.#event(this.#choice({ role: "assistant", content: "" }));
    }
    const { model } = this.#asked;
    const chunk = { ...this.#common, object: "chat.completion.chunk", model, ...fields };
    this.#response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
