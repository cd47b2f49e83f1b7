/** A server on loopback that speaks the chat-completions protocol: every request is recorded, every answer is the test's. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => unknown;

export class ChatServer {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answers: Answer[];

  private constructor(answers: readonly Answer[]) {
    this.#answers = [...answers];
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  /** Answers in turn; the last one for all requests after it. */
  static async start(...answers: readonly Answer[]): Promise<ChatServer> {
    const server = new ChatServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
    const seen = { path: request.url ?? "", headers: request.headers, body };
    this.seen.push(seen);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    await answer?.(seen, response);
  }
}

/** An ordinary answer. */
export function says(content: string | null, more: Record<string, unknown> = {}): Answer {
  const { finishReason = "stop", message = {}, ...rest } = more;
  return json(200, {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "served-model",
    choices: [
      {
        index: 0,
        finish_reason: finishReason,
        message: { role: "assistant", content, ...(message as object) },
      },
    ],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    ...rest,
  });
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export function fails(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return json(status, { error: { message, type: "test_error", code: null } }, headers);
}

/** Server-sent events, one per chunk, and `[DONE]` unless the stream is to break off. */
export function streams(chunks: readonly unknown[], { done = true } = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    if (done) response.end("data: [DONE]\n\n");
    else response.destroy();
  };
}

export function delta(content: string | undefined, finishReason: string | null = null): unknown {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    model: "served-model",
    choices: [{ index: 0, delta: content === undefined ? {} : { content }, finish_reason: finishReason }],
  };
}
