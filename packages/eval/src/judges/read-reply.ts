/** The score in a judge's reply: as JSON, else its last labelled score, else the one that is said; else none. */
import { isObject, objectsIn, wholeJson, withoutThoughts } from "./reply-json.js";
import { readSaid, readScoreText } from "./score-text.js";
import type { Scale } from "./scale.js";

export type Reading =
  | { readonly ok: true; readonly raw: number; readonly feedback: string }
  | { readonly ok: false; readonly why: string };

/**
 * Reads `{ reasoning, score }`, or a text with `SCORE: n`. A score outside the scale is no score, and nothing is guessed.
 *
 * JSON counts where it is the whole reply or begins a line after everything else that states a score; inside a sentence it
 * is a quotation. `parsed` is what the model's own decoding gave, for models that answer without a text.
 */
export function readReply(content: string, parsed: unknown, scale: Scale): Reading {
  const reply = withoutThoughts(content);
  if (reply.trim() === "") {
    return parsed === undefined ? { ok: false, why: "it is empty" } : ofJson(parsed, scale);
  }
  const whole = wholeJson(reply);
  if (whole !== undefined) return ofJson(whole.value, scale);
  const objects = objectsIn(reply);
  const stated = objects.filter(({ value }) => scoreKeys(value).length > 0).at(-1);
  // What stands in JSON is a value there, not a statement of the judge.
  const outside = objects.reduce((text, { start, end }) => blanked(text, start, end), reply);
  const label = readScoreText(outside);
  if (stated !== undefined && (label === undefined || label.at < stated.start))
    return ofJson(stated.value, scale);
  const score = label ?? (objects.length === 0 ? readSaid(outside) : undefined);
  if (score === undefined) return { ok: false, why: "it states no score" };
  if ("why" in score) return { ok: false, why: score.why };
  const { value, whole: best } = score;
  if (best !== undefined && best !== scale[1]) {
    return { ok: false, why: `${value} of ${best} is no score ${ofScale(scale)}` };
  }
  return within(value, scale, feedbackIn(reply));
}

const NUMBER = /^[-+]?\d+(?:\.\d+)?$/;

function ofJson(value: unknown, scale: Scale): Reading {
  const keys = isObject(value) ? scoreKeys(value) : [];
  const [key] = keys;
  if (!isObject(value) || key === undefined) return { ok: false, why: 'its JSON has no "score"' };
  if (keys.length > 1) return { ok: false, why: "its JSON has two scores" };
  const stated = value[key];
  const raw = typeof stated === "string" && NUMBER.test(stated.trim()) ? Number(stated) : stated;
  if (typeof raw !== "number") return { ok: false, why: `its score is no number but ${brief(stated)}` };
  const { feedback, reasoning } = value;
  return within(raw, scale, [feedback, reasoning].find((text) => typeof text === "string") ?? "");
}

function scoreKeys(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).filter((key) => key.toLowerCase() === "score");
}

function brief(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value.slice(0, 40))
    : value === null
      ? "null"
      : typeof value;
}

function within(raw: number, scale: Scale, feedback: string): Reading {
  const [low, high] = scale;
  return raw >= low && raw <= high
    ? { ok: true, raw, feedback }
    : { ok: false, why: `its score ${raw} is not ${ofScale(scale)}` };
}

function ofScale([low, high]: Scale): string {
  return `on the scale from ${low} to ${high}`;
}

function feedbackIn(content: string): string {
  const labelled = /\b(?:feedback|reasoning|explanation)\b["'*_\s]{0,8}[:：]["'*_\s]{0,8}([^]*)/i.exec(
    content,
  )?.[1];
  return (labelled ?? content).trim();
}

function blanked(text: string, start: number, end: number): string {
  return `${text.slice(0, start)}${" ".repeat(end - start)}${text.slice(end)}`;
}
