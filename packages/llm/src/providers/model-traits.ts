/** What is known of single models, whoever serves them: parameters they refuse, and how much they can answer. */
import type { SamplingParameter } from "./provider.js";

interface Traits {
  readonly unsupported?: readonly SamplingParameter[];
  /** Most output tokens of one answer. */
  readonly maxOutputTokens?: number;
}

const REASONING: readonly SamplingParameter[] = [
  "temperature",
  "topP",
  "presencePenalty",
  "frequencyPenalty",
  "stop",
];

/** By the beginning of the model's own name, without the organisation; the first that fits. Limits are the makers'. */
const TRAITS: readonly (readonly [RegExp, Traits])[] = [
  [/^gpt-5-chat/, { maxOutputTokens: 16_384 }],
  [/^gpt-5/, { unsupported: REASONING, maxOutputTokens: 128_000 }],
  [/^(o1-mini|o1-preview)/, { unsupported: REASONING, maxOutputTokens: 32_768 }],
  [/^o\d/, { unsupported: REASONING, maxOutputTokens: 100_000 }],
  [/^gpt-4\.1/, { maxOutputTokens: 32_768 }],
  [/^gpt-4o/, { maxOutputTokens: 16_384 }],
  [/^gpt-4-turbo/, { maxOutputTokens: 4096 }],
  [/^gpt-3\.5-turbo/, { maxOutputTokens: 4096 }],
  [/^claude-3-5/, { maxOutputTokens: 8192 }],
  [/^claude-3-7-sonnet/, { maxOutputTokens: 64_000 }],
  [/^claude-3-/, { maxOutputTokens: 4096 }],
  [/^claude-opus-4/, { maxOutputTokens: 32_000 }],
  [/^claude-(sonnet|haiku)-4/, { maxOutputTokens: 64_000 }],
  [/^gemini-1\.5/, { maxOutputTokens: 8192 }],
  [/^gemini-2\.0/, { maxOutputTokens: 8192 }],
  [/^gemini-2\.5/, { maxOutputTokens: 65_536 }],
  [
    /^deepseek-reasoner/,
    { unsupported: ["temperature", "topP", "presencePenalty", "frequencyPenalty"], maxOutputTokens: 64_000 },
  ],
  [/^deepseek-chat/, { maxOutputTokens: 8192 }],
];

export function modelTraits(modelId: string): Traits {
  const own = modelId.slice(modelId.lastIndexOf("/") + 1).toLowerCase();
  return TRAITS.find(([pattern]) => pattern.test(own))?.[1] ?? {};
}
