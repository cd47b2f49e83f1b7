/** Names, endpoints and the table of providers, which docs/providers.md shows. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { languageModel, providerNames, registerProvider } from "../src/index.js";
import { resolveEndpoint } from "../src/providers/endpoint.js";
import { parseModelName } from "../src/providers/model-name.js";
import { PROVIDERS } from "../src/providers/table.js";
import { retryAfterMs } from "../src/wire/retry-after.js";
import { ChatServer, says } from "./chat-server.js";

describe("model names", () => {
  it.each([
    ["openai/gpt-4o-mini", "openai", "gpt-4o-mini"],
    ["openrouter/meta-llama/llama-3.3-70b", "openrouter", "meta-llama/llama-3.3-70b"],
    ["gpt-4o", "openai", "gpt-4o"],
    ["o3-mini", "openai", "o3-mini"],
    ["claude-3-haiku", "anthropic", "claude-3-haiku"],
    ["gemini-2.5-flash", "gemini", "gemini-2.5-flash"],
  ])("%s is a model of %s", (name, provider, modelId) => {
    expect(parseModelName(name)).toMatchObject({ providerName: provider, modelId });
  });

  it("takes a name without a known prefix whole, where a base URL says whose it is", () => {
    expect(parseModelName("meta-llama/llama-3", true)).toMatchObject({ modelId: "meta-llama/llama-3" });
    expect(() => parseModelName("meta-llama/llama-3")).toThrow('"meta_llama/…"');
  });

  it.each(["", " ", "openai/", "__proto__/x", "constructor/x"])("refuses %j", (name) => {
    expect(() => parseModelName(name)).toThrow(/must not be empty|names no model|No provider/);
  });
});

describe("endpoints", () => {
  const environment = { OPENAI_API_KEY: "from-env", OPENAI_BASE_URL: "http://env.example/v1/" };

  it("are arguments, then the environment, then the table", () => {
    const model = parseModelName("openai/x");
    expect(resolveEndpoint(model, { apiKey: "a", baseUrl: "http://arg.example" }, environment)).toEqual({
      apiKey: "a",
      baseUrl: "http://arg.example",
    });
    expect(resolveEndpoint(model, {}, environment)).toEqual({
      apiKey: "from-env",
      baseUrl: "http://env.example/v1",
    });
    expect(resolveEndpoint(model, { apiKey: "a" }, {})).toEqual({
      apiKey: "a",
      baseUrl: "https://api.openai.com/v1",
    });
  });

  it("say what is missing and where it would be found", () => {
    expect(() => resolveEndpoint(parseModelName("gemini/x"), {}, {})).toThrow(
      "gemini/x needs a key: set GEMINI_API_KEY or GOOGLE_API_KEY, or pass apiKey.",
    );
    expect(() => resolveEndpoint(parseModelName("litellm_proxy/x"), {}, {})).toThrow(
      "needs a base URL: set LITELLM_PROXY_API_BASE",
    );
    expect(() => resolveEndpoint(parseModelName("ollama/x"), { baseUrl: "localhost" }, {})).toThrow(
      'must be an http or https URL such as "http://localhost:8000/v1", got "localhost"',
    );
    expect(resolveEndpoint(parseModelName("ollama/x"), {}, {}).apiKey).toBeUndefined();
  });
});

describe("registerProvider", () => {
  it("makes a prefix known until it is taken back", () => {
    const undo = registerProvider("mine", { baseUrl: "http://localhost:1/v1", apiKeyEnv: "MINE_KEY" });
    expect(providerNames()).toContain("mine");
    expect(languageModel("mine/small")).toMatchObject({ provider: "mine", modelId: "small" });
    undo();
    expect(() => languageModel("mine/small")).toThrow("No provider is called");
  });

  it.each([["a/b"], [""], ["-"]])("refuses the name %j", (name) => {
    expect(() => registerProvider(name, {})).toThrow("A provider's name");
  });
});

describe("azure", () => {
  it("speaks to a deployment, with the version and the key in a header of its own", async () => {
    const server = await ChatServer.start(says("Paris"));
    const baseUrl = server.baseUrl.replace("/v1", "");
    const model = languageModel("azure/my-deployment", { baseUrl, apiKey: "k", apiVersion: "2024-10-21" });
    await model.generate({ messages: [{ role: "user", content: "Capital?" }] });
    expect(server.seen[0]?.path).toBe(
      "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21",
    );
    expect(server.seen[0]?.headers["api-key"]).toBe("k");
    process.env["OPENAI_BASE_URL"] = "http://elsewhere.example";
    try {
      await languageModel("azure/other", { baseUrl, apiKey: "k" }).generate({ messages: [] });
      expect(server.seen[1]?.path).toContain("/openai/deployments/other/");
    } finally {
      delete process.env["OPENAI_BASE_URL"];
      await server.close();
    }
  });
});

describe("retryAfterMs", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{}, undefined],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, 3000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after-ms": "20" }, 20],
  ])("%j: %p", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});

describe("the table", () => {
  const file = new URL("../../../docs/providers.md", import.meta.url);
  const [START, END] = ["<!-- written by a test of @hyperfunc/llm -->", "<!-- end -->"];
  const list = (names: readonly string[] = []): string => names.map((name) => `\`${name}\``).join(", ");

  it("is the one in docs/providers.md (UPDATE_PROVIDERS=1 writes it)", () => {
    const rows = Object.entries(PROVIDERS).map(([name, provider]) =>
      [
        `\`${name}/…\``,
        provider.baseUrl ?? "to be given",
        list(provider.baseUrlEnv),
        list(provider.apiKeyEnv),
        provider.schema ?? "json-schema",
        list(provider.unsupported),
      ].join(" | "),
    );
    const head = [
      "name",
      "base URL",
      "its variables",
      "variables of the key",
      "structured output",
      "not taken",
    ];
    const table = [head.join(" | "), head.map(() => "---").join(" | "), ...rows]
      .map((row) => `| ${row} |`)
      .join("\n");
    const text = readFileSync(file, "utf8");
    const [before = "", rest = ""] = text.split(START);
    const after = rest.split(END)[1] ?? "";
    if (process.env["UPDATE_PROVIDERS"] === "1") {
      writeFileSync(file, `${before}${START}\n\n${table}\n\n${END}${after}`);
    }
    const cells = (markdown: string): string[] =>
      markdown
        .split("\n")
        .filter((line) => line.startsWith("|") && !/^\| -/.test(line))
        .map((line) => line.replace(/\s+/g, " "));
    expect(cells(readFileSync(file, "utf8"))).toEqual(cells(table));
    expect(rows.length).toBeGreaterThanOrEqual(40);
  });
});
