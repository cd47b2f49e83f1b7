/** Units of Go's durations, which OpenAI's headers use: `6m0s`, `1h0m2.397s`, `120ms`. */
const UNIT_MS: Readonly<Record<string, number>> = {
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PART = /(\d+(?:\.\d+)?)(us|µs|ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:us|µs|ms|s|m|h|d))+$/;

/**
 * Milliseconds until a time that a header names: a duration, seconds, a Unix time in seconds or milliseconds, or a date
 * (RFC 3339 or HTTP). Undefined for what is none of them.
 */
export function untilMs(value: string, now = Date.now()): number | undefined {
  const ms = read(value.trim(), now);
  return ms < Infinity ? Math.max(0, ms) : undefined;
}

/** NaN for what is no time. */
function read(text: string, now: number): number {
  if (WHOLE.test(text)) {
    return [...text.matchAll(PART)].reduce(
      (ms, [, amount, unit = ""]) => ms + Number(amount) * (UNIT_MS[unit] ?? 0),
      0,
    );
  }
  const number = text === "" ? NaN : Number(text);
  if (Number.isNaN(number)) return Date.parse(text) - now;
  if (number < 0) return NaN;
  if (number > 1e12) return number - now;
  return number > 1e9 ? number * 1000 - now : number * 1000;
}
