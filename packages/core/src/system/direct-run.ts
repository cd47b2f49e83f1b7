import { currentFrame, Frame, type Run, type RunServices } from "../context/frame.js";
import { startRun } from "../evaluation/evaluation.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import type { TraceRecorder } from "../tracing/trace-recorder.js";
import type { Registry } from "./registry.js";

export interface DirectRun<Input, Result> {
  readonly registry: Registry;
  readonly services: RunServices;
  readonly recorder?: TraceRecorder;
  readonly input: Input;
  readonly body: (input: Input) => Promise<Result>;
}

/**
 * Runs a program with the system's current parameters. Inside another system's run it shares that run's budget, signal
 * and limits. Its tensors are disposed, except those of the result, which belong to the caller.
 */
export async function runDirectly<Input, Result>(request: DirectRun<Input, Result>): Promise<Result> {
  const { registry, services, recorder, input, body } = request;
  const engine = tensorEngine();
  await engine?.ready();
  const outer = currentFrame();
  const scope = engine?.openScope(outer?.scope);
  const run: Run = {
    program: registry,
    services: outer === undefined ? services : { ...outer.run.services, observers: services.observers },
    source: registry.parametersOf(registry.state, scope),
    candidate: 0,
    exampleKey: outer?.run.exampleKey ?? 0,
    recorder,
    tensorScope: scope,
    join: undefined,
    callCounts: new Map(),
    batched: false,
  };
  const frame = new Frame(run, undefined, undefined, outer?.signal, undefined, scope);
  let output: Result | undefined;
  try {
    output = await startRun({
      name: registry.name,
      frame,
      inputs: input,
      members: 1,
      body: () => body(input),
    });
    return output;
  } finally {
    scope?.close(output);
  }
}
