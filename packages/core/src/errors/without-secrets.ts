/** Credentials inside texts that are stored or shown: what providers quote in their error messages. */
const REDACTED = "[redacted]";

const SECRETS: readonly RegExp[] = [
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\b(?:sk|pk|rk|gsk|xai|ghp|hf)[-_][\w-]{16,}|\bAIza[\w-]{20,}/gi,
  /(?<=\b(?:api[-_ ]?key|authorization)\b[^\n:=]{0,24}[:=]\s{0,32}["']?)(?!Bearer\b)[^\s"',;}]{8,}/gi,
  /(?<=:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/g,
];

/** The text with API keys and other credentials blacked out: those with a known prefix, and those named as such. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((safe, secret) => safe.replace(secret, REDACTED), text);
}
