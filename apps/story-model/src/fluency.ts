/** What is measured of stories: are they made of words, and do they differ? */

/**
 * How much an unknown word costs. With 1, variety pays for one unknown word in seven: at topP 1 such stories would be the
 * best. With 3 it is one in fifteen, and the best temperature is about 0.5; cold and hot are both far worse.
 */
const FLUENCY_EXPONENT = 3;

/**
 * (Share of words that are known)^3 × (share of word pairs that are different), over several stories together; from 0 to
 * 1. Cold stories repeat each other, hot ones are gibberish.
 */
export function storyQuality(stories: readonly string[], known: ReadonlySet<string>): number {
  const words = stories.map(wordsOf);
  const all = words.flat();
  const pairs = words.flatMap((story) => story.slice(1).map((word, at) => `${story[at]} ${word}`));
  if (all.length === 0 || pairs.length === 0) return 0;
  const fluency = all.filter((word) => known.has(word)).length / all.length;
  const distinct2 = new Set(pairs).size / pairs.length;
  return fluency ** FLUENCY_EXPONENT * distinct2;
}

/** In lower case, without the last one when the end of the text may have cut it off. */
export function wordsOf(text: string): readonly string[] {
  const whole = text.toLowerCase().replace(/[\p{L}\p{N}']+$/u, "");
  return whole.match(/[\p{L}\p{N}']+/gu) ?? [];
}
