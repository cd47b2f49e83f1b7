import { setMaxListeners } from "node:events";

/** One signal that aborts when either does. */
export function joinSignals(
  run: AbortSignal | undefined,
  own: AbortSignal | undefined,
): AbortSignal | undefined {
  return run !== undefined && own !== undefined ? anyOf([run, own]) : (own ?? run);
}

/** Options with the user's signal made fit for a whole evaluation: thousands of calls listen, and that is no leak. */
export function sharingSignal<Options extends { readonly signal?: AbortSignal }>(options: Options): Options {
  return options.signal === undefined ? options : { ...options, signal: anyOf([options.signal]) };
}

function anyOf(signals: AbortSignal[]): AbortSignal {
  const joined = AbortSignal.any(signals);
  setMaxListeners(Infinity, joined);
  return joined;
}
