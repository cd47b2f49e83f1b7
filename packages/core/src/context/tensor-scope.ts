/** The owner of tensors made now; for tensor engines. */
import type { TensorScope } from "../tensors/tensor-engine.js";
import { bareFrame, bareServices } from "./bare-run.js";
import { currentFrame, runInFrame, runInScope } from "./frame.js";

export function currentTensorScope(): TensorScope | undefined {
  return currentFrame()?.scope;
}

/** Runs `body` with another owner of tensors, in the current run or in one of its own. */
export function runWithTensorScope<T>(scope: TensorScope, body: () => T): T {
  const frame = currentFrame();
  return frame === undefined
    ? runInFrame(bareFrame(bareServices(), { scope }), body)
    : runInScope(frame, scope, body);
}
