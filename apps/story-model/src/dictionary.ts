/**
 * The words that the model knows: those it uses when it is careful.
 *
 * A model of this size has the vocabulary of its training stories and no other, and at low temperature it spells. So its
 * own careful texts, on beginnings that are used for nothing else, are a dictionary that fits it and needs no list from
 * elsewhere. The seeds are fixed: every process gets the same one.
 */
import { DICTIONARY_BEGINNINGS } from "./beginnings.js";
import { wordsOf } from "./fluency.js";
import { generate } from "./generate.js";
import type { StoryModel } from "./model-files.js";

const CAREFUL = { temperature: 0.4, topP: 1, presencePenalty: 0, frequencyPenalty: 0, stop: [] };
const TEXTS_PER_BEGINNING = 3;
const TOKENS_PER_TEXT = 100;

export async function knownWords(model: StoryModel): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (let seed = 0; seed < TEXTS_PER_BEGINNING * DICTIONARY_BEGINNINGS.length; seed++) {
    const beginning = DICTIONARY_BEGINNINGS[seed % DICTIONARY_BEGINNINGS.length] ?? "";
    const prompt = model.tokenizer.encode(beginning);
    const request = { ...CAREFUL, prompt, maxTokens: TOKENS_PER_TEXT, seed };
    let text = "";
    for await (const piece of generate(model, request, new AbortController().signal)) text += piece;
    for (const word of wordsOf(text)) words.add(word);
  }
  return words;
}
