import type { ModelResponse } from "@hyperfunc/core";

/** What is kept of an answer: all but what was sent raw, and what is decoded anew. */
export type CachedAnswer = Pick<ModelResponse, "content" | "usage" | "finishReason" | "model" | "toolCalls">;

/** A store of answers by the hash of their request. Several processes may use one. */
export interface ModelCache {
  get(key: string): CachedAnswer | undefined | Promise<CachedAnswer | undefined>;
  set(key: string, answer: CachedAnswer): void | Promise<void>;
}
