import { createHash } from "node:crypto";
import type { Endpoint } from "../providers/endpoint.js";
import { RateLimiter, type RateLimitOptions } from "./rate-limiter.js";

/** Providers count by account and model, so one process has one line for each, however often the model is made. */
const limiters = new Map<string, RateLimiter>();

export function sharedLimiter(
  modelId: string,
  { baseUrl, apiKey = "" }: Endpoint,
  limits: Omit<RateLimitOptions, "clock">,
): RateLimiter {
  const key = createHash("sha256")
    .update(JSON.stringify([baseUrl, apiKey, modelId, Object.entries(limits).sort()]))
    .digest("hex");
  const known = limiters.get(key) ?? new RateLimiter(limits);
  limiters.set(key, known);
  return known;
}
