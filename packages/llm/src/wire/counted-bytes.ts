/** An image whose bound is not told: more than most cost in tokens, and about what they do as bytes of English. */
const IMAGE = 4096;

/** UTF-8 bytes of all texts in a value: no tokenizer makes more tokens of them. An image counts as what it may cost. */
export function countedBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 0;
  if ("type" in value && value.type === "image" && "url" in value) {
    return "maxTokens" in value && typeof value.maxTokens === "number" ? value.maxTokens : IMAGE;
  }
  return Object.values(value).reduce((sum: number, part) => sum + countedBytes(part), 0);
}
