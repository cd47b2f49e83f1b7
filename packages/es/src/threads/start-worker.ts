/** Starts a helping thread, from the published files or from sources. */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { HyperfuncError } from "@hyperfunc/core";
import { THREAD_KIND, type Setup } from "./protocol.js";

/** @throws INVALID_STATE within a helping thread, whose module has started an optimisation. */
export function startWorker(setup: Setup): Worker {
  const own: unknown = isMainThread ? undefined : workerData;
  if (typeof own === "object" && own !== null && Reflect.get(own, "kind") === THREAD_KIND) {
    throw new HyperfuncError(
      "INVALID_STATE",
      `threads.module ${setup.module} starts an optimisation when it is loaded; move the call of optimize() to another module.`,
    );
  }
  const fromSource = import.meta.url.endsWith(".ts");
  const entry = new URL(fromSource ? "./worker.ts" : "./worker.js", import.meta.url).href;
  const options = {
    workerData: setup,
    ...(fromSource ? { execArgv: ["--conditions=@hyperfunc/source"] } : {}),
  };
  const loader = [entry, setup.module].some(isTypeScript) ? findLoader(setup.module, entry) : undefined;
  return loader === undefined
    ? new Worker(fileURLToPath(entry), options)
    : new Worker(startedBy(loader, entry), { ...options, eval: true });
}

function isTypeScript(address: string): boolean {
  return /\.[mc]?tsx?$/.test(new URL(address).pathname);
}

/** A loader of TypeScript is not passed on to threads, so each of them registers it anew. */
function startedBy(loader: string, entry: string): string {
  const [api, first] = [JSON.stringify(loader), JSON.stringify(entry)];
  return `import(${api}).then(({ register }) => { register(); return import(${first}); });`;
}

/** Where tsx is, if it is installed beside the program; newer versions of Node do without. */
function findLoader(...places: readonly string[]): string | undefined {
  for (const place of places) {
    try {
      // Its CommonJS form does not work from here.
      const path = createRequire(place)
        .resolve("tsx/esm/api")
        .replace(/\.cjs$/, ".mjs");
      return pathToFileURL(path).href;
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}
