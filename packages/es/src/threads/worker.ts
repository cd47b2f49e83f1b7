/** Where a helping thread starts. */
import { parentPort, workerData } from "node:worker_threads";
import { isHyperfuncError } from "@hyperfunc/core";
import "../backend/chained-ops.js";
import "../backend/first-backend.js";
import "../population/tensor-engine.js";
import { Follower } from "./follower.js";
import type { Order, Reply, Setup } from "./protocol.js";

const port = parentPort;
if (port === null) throw new Error("This module is started by an optimisation, as a thread.");

const reply = (message: Reply): void => port.postMessage(message);
const failed = (error: unknown): void =>
  reply({
    kind: "failed",
    code: isHyperfuncError(error) ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
  });

try {
  const follower = await Follower.open(workerData as Setup);
  let last: Promise<void> = Promise.resolve();
  port.on("message", (order: Order) => {
    last = last
      .then(() => follower.obey(order))
      .then((answer) => {
        if (answer !== undefined) reply(answer);
      })
      .catch(failed);
  });
  reply({ kind: "ready" });
} catch (error) {
  failed(error);
  port.close();
}
