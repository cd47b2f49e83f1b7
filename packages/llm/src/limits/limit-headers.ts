/** What headers say of a provider's limits. */
import { withoutSecrets } from "@hyperfunc/core";
import { untilMs } from "./duration.js";

/** One limit as the server saw it when it answered. */
export interface LimitObservation {
  /** `requests`, `tokens`, `input-tokens`, `output-tokens`, with a suffix where there are several: `requests-day`. */
  readonly name: string;
  readonly limit: number | undefined;
  readonly remaining: number;
  /** Milliseconds until all of it is there again. */
  readonly resetMs: number | undefined;
}

const CLOCK_TOLERANCE_MS = 5000;

type Field = "limit" | "remaining" | "reset";

const RESOURCE = "(?<name>(?:input-|output-)?(?:requests|tokens)(?:-(?:second|minute|hour|day))?)";
/** OpenAI and most others, Anthropic, and what has no resource in its name (the IETF draft, OpenRouter). */
const FORMS: readonly RegExp[] = [
  new RegExp(`^x-ratelimit-(?<field>limit|remaining|reset)-${RESOURCE}$`),
  new RegExp(`^anthropic-ratelimit-${RESOURCE}-(?<field>limit|remaining|reset)$`),
  /^(?:x-)?ratelimit-(?<field>limit|remaining|reset)$/,
];

/**
 * The headers among these that tell of limits, by lower-case name, and beside them the server's date.
 *
 * @param safe Blacks out secrets that the server quotes.
 */
export function limitHeaders(
  headers: Headers | undefined,
  safe: (text: string) => string = withoutSecrets,
): Record<string, string> {
  const found: Record<string, string> = {};
  headers?.forEach((value, name) => {
    if (/ratelimit-/.test(name)) found[name] = safe(value);
  });
  const date = headers?.get("date");
  return Object.keys(found).length === 0 || !date ? found : { ...found, date };
}

export function limitObservations(
  headers: Readonly<Record<string, string>>,
  local = Date.now(),
): LimitObservation[] {
  const now = serverTime(headers["date"], local);
  const fields = new Map<string, Partial<Record<Field, string>>>();
  for (const [header, value] of Object.entries(headers)) {
    const groups = FORMS.map((form) => form.exec(header)?.groups).find(Boolean);
    if (groups === undefined) continue;
    const name = groups["name"] ?? "requests";
    fields.set(name, { ...fields.get(name), [groups["field"] as Field]: value });
  }
  return [...fields].flatMap(([name, { limit, remaining, reset }]) => {
    const left = amount(remaining);
    if (left === undefined) return [];
    const resetMs = reset === undefined ? undefined : untilMs(reset, now);
    return [{ name, limit: amount(limit), remaining: left, resetMs }];
  });
}

/** By the server's clock where that is far from this one: dates of its resets are by it. Its seconds are whole. */
function serverTime(date: string | undefined, local: number): number {
  const told = Date.parse(date ?? "");
  return Math.abs(told - local) > CLOCK_TOLERANCE_MS ? told : local;
}

function amount(value: string | undefined): number | undefined {
  const number = value === undefined || value.trim() === "" ? NaN : Number(value);
  return number >= 0 && number < Infinity ? number : undefined;
}
