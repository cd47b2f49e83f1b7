/** The story model behind `POST /v1/chat/completions` on loopback, the protocol that hosted models speak. */
import { randomInt } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ChatAnswer, sendJson } from "./chat-answer.js";
import { BadRequest, readChatRequest, type ChatRequest } from "./chat-request.js";
import { generate, type GenerationRequest } from "./generate.js";
import type { StoryModel } from "./model-files.js";

const PATH = "/v1/chat/completions";
const MOST_BODY_BYTES = 1024 * 1024;
/** Seeds are drawn below this. */
const SEEDS = 2 ** 47;

export interface ServerCounts {
  /** Requests that were well-formed. */
  readonly requests: number;
  /** Drawn so far, also for answers that broke off. */
  readonly completionTokens: number;
  /** Answers that are being written. */
  readonly open: number;
}

export class StoryServer {
  readonly #model: StoryModel;
  readonly #server: Server;
  readonly #counts = { requests: 0, completionTokens: 0, open: 0 };

  private constructor(model: StoryModel) {
    this.#model = model;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  /** Listens on a free port of the loopback interface. */
  static async start(model: StoryModel): Promise<StoryServer> {
    const server = new StoryServer(model);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  get counts(): ServerCounts {
    return { ...this.#counts };
  }

  /** Breaks off what is being written. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => {
      gone.abort();
    });
    try {
      if (request.method !== "POST" || request.url !== PATH) {
        fail(response, 404, new BadRequest(`There is only POST ${PATH}.`, null, "unknown_url"));
        return;
      }
      const asked = readChatRequest(await bodyOf(request));
      await this.#answer(asked, response, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return; // nobody is left to tell
      if (error instanceof BadRequest) fail(response, 400, error);
      else fail(response, 500, new Error("The server failed.", { cause: error }));
    }
  }

  async #answer(asked: ChatRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const request = this.#generation(asked);
    const answer = new ChatAnswer(asked, request.prompt.length, response);
    this.#counts.requests += 1;
    this.#counts.open += 1;
    try {
      const pieces = generate(this.#model, request, signal);
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        this.#counts.completionTokens += 1;
        answer.write(next.value);
      }
      answer.end(next.value);
    } finally {
      this.#counts.open -= 1;
    }
  }

  #generation(asked: ChatRequest): GenerationRequest {
    const { tokenizer, llama } = this.#model;
    const prompt = tokenizer.encode(asked.beginning);
    const room = llama.config.context - prompt.length;
    if (room < 1) {
      throw new BadRequest(
        `The beginning has ${prompt.length} tokens; the model reads ${llama.config.context - 1} at most.`,
        "messages",
        "context_length_exceeded",
      );
    }
    return { ...asked, prompt, maxTokens: asked.maxTokens ?? room, seed: asked.seed ?? randomInt(SEEDS) };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw new BadRequest(`A body has ${MOST_BODY_BYTES} bytes at most.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function fail(response: ServerResponse, status: number, error: Error): void {
  const { param, code } = error instanceof BadRequest ? error : { param: null, code: null };
  if (response.headersSent) {
    response.destroy(); // a stream that breaks off has failed
    return;
  }
  const type = status < 500 ? "invalid_request_error" : "server_error";
  sendJson(response, status, { error: { message: error.message, type, param, code } });
}
