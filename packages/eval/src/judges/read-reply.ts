/** The score in a judge's reply: as JSON, else by its last clear statement of a score, else none. */
import type { Scale } from "./scale.js";

export type Reading =
  | { readonly ok: true; readonly raw: number; readonly feedback: string }
  | { readonly ok: false; readonly why: string };

/** Reads `{ reasoning, score }`, or a text with `SCORE: n`. A score outside the scale is no score; nothing is guessed. */
export function readReply(content: string, parsed: unknown, scale: Scale): Reading {
  const value = parsed ?? jsonIn(content);
  const stated = isObject(value) ? scoreField(value) : undefined;
  if (stated !== undefined) {
    const raw = typeof stated === "string" && NUMBER.test(stated.trim()) ? Number(stated) : stated;
    if (typeof raw !== "number")
      return { ok: false, why: `its score ${JSON.stringify(stated)} is no number` };
    return within(raw, scale, feedbackField(value));
  }
  return readText(content, scale);
}

const NUMBER = /^[-+]?\d+(?:\.\d+)?$/;
/** A label, with the emphasis, quotes or scale that may follow it. Every repetition is bounded, so no text is slow to read. */
const LABEL = String.raw`(?<![a-z])(?:score|rating|grade)(?![a-z])["'*_\s]{0,8}(?:\([^)\n]{0,40}\)["'*_\s]{0,8})?[:：=]`;
const OPENING = String.raw`[\s*_"'\`[(<]{0,16}`;
const VALUE = String.raw`(?<value>[-+−]?\d+(?:\.\d+)?)(?<rest>\s{0,4}(?:%|/\s{0,4}\d+(?:\.\d+)?|out of\s{1,4}\d+(?:\.\d+)?|[-–]\s{0,4}\d|[.,]\d)?)`;
/** `Score: 4`, `**SCORE:** 4`, `"score": 4`, `Score (1-5) = [4]`. */
const LABELLED = new RegExp(`${LABEL}${OPENING}${VALUE}`, "gi");
/** A label without a value that can be read: `SCORE: four`, `SCORE: [n]`. */
const UNREADABLE = new RegExp(String.raw`${LABEL}${OPENING}(?![-+−\d\s*_"'\`[(<])`, "gi");
/** `a score of 4`, `4 out of 5`, `4/5`: taken where nothing is labelled. */
const SAID = new RegExp(
  String.raw`(?<![a-z])(?:score|rating|grade)\s{1,4}(?:of|is|would be)\s{1,4}${OPENING}${VALUE}|` +
    String.raw`(?<![\d./])(?<part>[-+]?\d{1,9}(?:\.\d{1,9})?)\s{0,4}(?:/|out of)\s{0,4}(?<whole>\d{1,9}(?:\.\d{1,9})?)(?![\d/])`,
  "gi",
);

function readText(content: string, scale: Scale): Reading {
  const labelled = [...content.matchAll(LABELLED)].filter((match) => !isRange(match));
  const last = labelled.at(-1);
  if (last !== undefined) {
    const unreadable = [...content.matchAll(UNREADABLE)].at(-1);
    if (unreadable !== undefined && unreadable.index > last.index) {
      return { ok: false, why: "its last score is no number" };
    }
    return found(last, scale, content);
  }
  const said = [...content.matchAll(SAID)].filter((match) => !isRange(match)).at(-1);
  if (said !== undefined) return found(said, scale, content);
  return { ok: false, why: content.trim() === "" ? "it is empty" : "it states no score" };
}

function found({ groups = {} }: RegExpMatchArray, scale: Scale, content: string): Reading {
  const { value = groups["part"] ?? "", rest = "" } = groups;
  const raw = Number(value.replace("−", "-"));
  const whole = groups["whole"] ?? /\d+(?:\.\d+)?$/.exec(/^\s*(?:\/|out)/.test(rest) ? rest : "")?.[0];
  if (rest.includes("%")) return { ok: false, why: `${raw} % is no score ${ofScale(scale)}` };
  if (/^[.,]\d/.test(rest))
    return { ok: false, why: `its score ${value}${rest.trim()}… can be read in two ways` };
  if (whole !== undefined && Number(whole) !== scale[1]) {
    return { ok: false, why: `${raw} of ${whole} is no score ${ofScale(scale)}` };
  }
  return within(raw, scale, feedbackIn(content));
}

/** `Score: 1-5` names the scale, not a score. */
function isRange({ groups = {} }: RegExpMatchArray): boolean {
  return /^\s*[-–]/.test(groups["rest"] ?? "");
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
  const labelled = /\b(?:feedback|reasoning|explanation)\b["'*_\s]*[:：]["'*_\s]*([^]*)/i.exec(content)?.[1];
  return (labelled ?? content).trim();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function scoreField(value: Readonly<Record<string, unknown>>): unknown {
  const name = Object.keys(value).find((key) => key.toLowerCase() === "score");
  return name === undefined ? undefined : value[name];
}

function feedbackField(value: unknown): string {
  const { feedback, reasoning } = value as Readonly<Record<string, unknown>>;
  return [feedback, reasoning].find((text) => typeof text === "string") ?? "";
}

/** An object that is the whole reply, stands in a fence, or between its outermost braces; undefined where there is none. */
export function jsonIn(content: string): unknown {
  const fenced = /```(?:json)?([^]*?)```/i.exec(content)?.[1];
  const braces = content.slice(content.indexOf("{"), content.lastIndexOf("}") + 1);
  for (const text of [content, fenced, braces]) {
    try {
      if (text !== undefined) return JSON.parse(text) as unknown;
    } catch {
      continue; // no JSON; the next may be
    }
  }
  return undefined;
}
