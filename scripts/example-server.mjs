/**
 * A server on loopback that speaks the chat-completions protocol, for the examples in the documents: they name real
 * providers and run as they stand, with the providers' addresses and keys in the environment.
 *
 * It knows the few answers that the documents ask for. A schema is answered field by field.
 */
import { createServer } from "node:http";

const ANSWERS = [
  [/capital of france/i, "Paris"],
  [/haiku/i, "Old pond. A frog jumps in. The sound of water."],
];
const FIELDS = {
  city: "Paris",
  people: 2_100_000,
  reasoning: "Right, and as short as it was asked to be.",
  score: 5,
};

export async function startExampleServer() {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${server.address().port}/v1`;
  const environment = {
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: "example-key",
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: "example-key",
    OLLAMA_API_BASE: baseUrl,
  };
  return { environment, close: () => (server.closeAllConnections(), server.close()) };
}

async function answer(request, response) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  const { model, messages, response_format: format, stream } = JSON.parse(text);
  const asked = messages.map(({ content }) => (typeof content === "string" ? content : "")).join("\n");
  const content =
    format?.type === "json_schema"
      ? JSON.stringify(filled(format.json_schema.schema))
      : (ANSWERS.find(([pattern]) => pattern.test(asked))?.[1] ?? "I do not know.");
  const usage = { prompt_tokens: words(asked), completion_tokens: words(content) };
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  if (stream !== true) {
    const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ object: "chat.completion", model, choices, usage }));
    return;
  }
  response.setHeader("content-type", "text/event-stream");
  const send = (choices, more = {}) =>
    response.write(
      `data: ${JSON.stringify({ object: "chat.completion.chunk", model, choices, ...more })}\n\n`,
    );
  for (const piece of content.split(/(?<= )/))
    send([{ index: 0, delta: { content: piece }, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: "stop" }]);
  send([], { usage });
  response.end("data: [DONE]\n\n");
}

function filled({ properties }) {
  return Object.fromEntries(Object.keys(properties).map((name) => [name, FIELDS[name]]));
}

function words(text) {
  return text.split(/\s+/).filter(Boolean).length;
}
