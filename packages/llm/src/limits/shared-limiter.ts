import { createHash } from "node:crypto";
import type { Endpoint } from "../providers/endpoint.js";
import { RateLimiter, type RateLimitOptions } from "./rate-limiter.js";

/** Enough for a service; one with a key for each of its users forgets the lines that were not asked for longest. */
const MOST_LINES = 1000;
/** By how long ago they were asked for. */
const limiters = new Map<string, RateLimiter>();

/** Providers count by account and model, so one process has one line for each, however often the model is made. */
export function sharedLimiter(
  modelId: string,
  { baseUrl, apiKey = "" }: Endpoint,
  limits: Omit<RateLimitOptions, "clock">,
): RateLimiter {
  const told = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  const key = createHash("sha256")
    .update(JSON.stringify([baseUrl, apiKey, modelId, told.map(String).sort()]))
    .digest("hex");
  const known = limiters.get(key) ?? new RateLimiter(limits);
  limiters.delete(key);
  limiters.set(key, known);
  const [oldest] = limiters.keys();
  if (limiters.size > MOST_LINES && oldest !== undefined) limiters.delete(oldest);
  return known;
}
