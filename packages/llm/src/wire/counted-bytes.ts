/** UTF-8 bytes of all texts in a value: no tokenizer makes more tokens of them. */
export function countedBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + countedBytes(part), 0);
}
