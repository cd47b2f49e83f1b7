/** One signal that aborts when either does. */
export function joinSignals(
  run: AbortSignal | undefined,
  own: AbortSignal | undefined,
): AbortSignal | undefined {
  return run !== undefined && own !== undefined ? AbortSignal.any([run, own]) : (own ?? run);
}
