/**
 * kill -9 at random points of a 30-generation run, then resume: every bit as if nothing had happened, and at most the
 * calls in flight are paid again. `HYPERFUNC_KILLS=20` kills more often, `HYPERFUNC_KILL_SEED` elsewhere.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";

const KILLS = Number(process.env["HYPERFUNC_KILLS"] ?? 5);
const CONCURRENCY = 4;
const program = fileURLToPath(new URL("kill-resume-run.ts", import.meta.url));

/** A model that counts what was paid. */
class PaidModel {
  calls = 0;
  #onCall: (call: number) => void = () => undefined;
  readonly #server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      this.calls += 1;
      this.#onCall(this.calls);
      const digits = [...body].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 65521, 7);
      const content = String(digits % 1000);
      const usage = { inputTokens: body.length, outputTokens: 3, totalTokens: body.length + 3 };
      response.end(JSON.stringify({ content, usage, finishReason: "stop", model: "counting" }));
    });
  });

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  reachedCall(call: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onCall = (now) => {
        if (now >= call) resolve();
      };
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function start(server: string, directory: string): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const options = ["--conditions=@hyperfunc/source", "--import", tsx, program, server, directory];
  return spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
}

async function finish(child: ChildProcess): Promise<{ replayedCalls: number; usage: { calls: number } }> {
  if (child.stdout === null) throw new Error("The run has no output.");
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return JSON.parse(output) as { replayedCalls: number; usage: { calls: number } };
}

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hyperfunc-kill-"));
});
afterAll(() => rm(directory, { recursive: true }));

it(
  `survives ${KILLS} kills with equal bits, paying at most the calls in flight again`,
  async () => {
    const first = new PaidModel();
    const { replayedCalls: none, ...whole } = await finish(
      start(await first.listen(), join(directory, "whole")),
    );
    await first.close();
    expect(none).toBe(0);
    expect(whole.usage.calls).toBe(first.calls);

    const model = new PaidModel();
    const server = await model.listen();
    const rng = createRng(Number(process.env["HYPERFUNC_KILL_SEED"] ?? 0), "kills");
    for (let kill = 0; kill < KILLS; kill++) {
      const at = model.calls + rng.int(1, Math.ceil((2 * first.calls) / KILLS));
      const child = start(server, join(directory, "killed"));
      const exit = once(child, "exit");
      await Promise.race([model.reachedCall(at), exit]);
      child.kill("SIGKILL");
      await exit;
    }
    const { replayedCalls: _, ...resumed } = await finish(start(server, join(directory, "killed")));
    await model.close();

    expect(resumed).toEqual(whole);
    expect(model.calls - first.calls).toBeLessThanOrEqual(KILLS * CONCURRENCY);
  },
  120_000 + KILLS * 10_000,
);
