/** A chat server with the limits of a provider: it refuses with 429 what exceeds them, and says so in headers. */
import { ChatServer, fails, says, type Answer } from "./chat-server.js";

export interface Limits {
  readonly requestsPerSecond: number;
  readonly tokensPerMinute: number;
  /** How what was used comes back. */
  readonly refill: "bucket" | "window" | "sliding";
  readonly headers: "openai" | "anthropic" | "none";
  /** What a refusal says: as long as it takes, or whole seconds, or nothing. */
  readonly retryAfter: "exact" | "seconds" | "none";
  readonly tokensPerCall: number;
}

/** One limit as its server keeps it. Times in milliseconds. */
class ServerLimit {
  readonly #used: { readonly at: number; readonly amount: number }[] = [];
  #level: number;
  #at = performance.now();
  readonly #start = performance.now();

  constructor(
    readonly limit: number,
    readonly windowMs: number,
    readonly refill: Limits["refill"],
  ) {
    this.#level = limit;
  }

  remaining(now: number): number {
    if (this.refill === "bucket") {
      this.#level = Math.min(this.limit, this.#level + ((now - this.#at) * this.limit) / this.windowMs);
      this.#at = now;
      return this.#level;
    }
    const since = this.refill === "sliding" ? now - this.windowMs : this.#windowStart(now);
    return (
      this.limit - this.#used.filter(({ at }) => at > since).reduce((sum, { amount }) => sum + amount, 0)
    );
  }

  use(amount: number, now: number): void {
    if (this.refill === "bucket") this.#level = this.remaining(now) - amount;
    else this.#used.push({ at: now, amount });
  }

  resetMs(now: number): number {
    if (this.refill === "bucket") return ((this.limit - this.remaining(now)) * this.windowMs) / this.limit;
    if (this.refill === "window") return this.#windowStart(now) + this.windowMs - now;
    const last = this.#used.at(-1);
    return last === undefined ? 0 : Math.max(0, last.at + this.windowMs - now);
  }

  /** Until `amount` is there again. */
  waitMs(amount: number, now: number): number {
    if (this.refill === "bucket") return ((amount - this.remaining(now)) * this.windowMs) / this.limit;
    if (this.refill === "window") return this.resetMs(now);
    const open = this.#used.filter(({ at }) => at > now - this.windowMs);
    let missing = amount - this.remaining(now);
    const freed = open.find(({ amount: part }) => (missing -= part) <= 0);
    return freed === undefined ? this.windowMs : freed.at + this.windowMs - now;
  }

  #windowStart(now: number): number {
    return now - ((now - this.#start) % this.windowMs);
  }
}

export class LimitedServer {
  accepted = 0;
  refused = 0;
  #limits: Readonly<Record<"requests" | "tokens", ServerLimit>> | undefined;
  readonly #settings: Limits;
  #server: ChatServer | undefined;

  private constructor(settings: Limits) {
    this.#settings = settings;
  }

  static async start(settings: Limits): Promise<LimitedServer> {
    const limited = new LimitedServer(settings);
    limited.#server = await ChatServer.start((request, response) => limited.#answer()(request, response));
    return limited;
  }

  get baseUrl(): string {
    return this.#server?.baseUrl ?? "";
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #answer(): Answer {
    const { requestsPerSecond, tokensPerMinute, refill, tokensPerCall } = this.#settings;
    // Windows begin with the first request, so that a run has the whole of its first one.
    this.#limits ??= {
      requests: new ServerLimit(requestsPerSecond, 1000, refill),
      tokens: new ServerLimit(tokensPerMinute, 60_000, refill),
    };
    const { requests, tokens } = this.#limits;
    const now = performance.now();
    const allowed = requests.remaining(now) >= 1 && tokens.remaining(now) >= tokensPerCall;
    if (allowed) {
      requests.use(1, now);
      tokens.use(tokensPerCall, now);
      this.accepted++;
      const output = Math.floor(tokensPerCall / 4);
      const usage = {
        prompt_tokens: tokensPerCall - output,
        completion_tokens: output,
        total_tokens: tokensPerCall,
      };
      return withHeaders(says("ok", { usage }), this.#headers(now));
    }
    this.refused++;
    const waitMs = Math.max(
      requests.remaining(now) >= 1 ? 0 : requests.waitMs(1, now),
      tokens.remaining(now) >= tokensPerCall ? 0 : tokens.waitMs(tokensPerCall, now),
    );
    return fails(429, "Rate limit reached", { ...this.#headers(now), ...this.#retryAfter(waitMs) });
  }

  #retryAfter(waitMs: number): Record<string, string> {
    const { retryAfter } = this.#settings;
    if (retryAfter === "none") return {};
    return retryAfter === "exact"
      ? { "retry-after-ms": String(Math.ceil(waitMs)) }
      : { "retry-after": String(Math.ceil(waitMs / 1000)) };
  }

  #headers(now: number): Record<string, string> {
    const { headers } = this.#settings;
    if (headers === "none" || this.#limits === undefined) return {};
    const entries = Object.entries(this.#limits).flatMap(([name, limit]) => {
      const resetMs = limit.resetMs(now);
      const remaining = String(Math.max(0, Math.floor(limit.remaining(now))));
      return headers === "openai"
        ? [
            [`x-ratelimit-limit-${name}`, String(limit.limit)],
            [`x-ratelimit-remaining-${name}`, remaining],
            [`x-ratelimit-reset-${name}`, goDuration(resetMs)],
          ]
        : [
            [`anthropic-ratelimit-${name}-limit`, String(limit.limit)],
            [`anthropic-ratelimit-${name}-remaining`, remaining],
            [`anthropic-ratelimit-${name}-reset`, new Date(Date.now() + resetMs).toISOString()],
          ];
    });
    return Object.fromEntries(entries) as Record<string, string>;
  }
}

/** As OpenAI writes it: `17ms`, `1.2s`, `6m0s`. */
function goDuration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return answer(request, response);
  };
}
