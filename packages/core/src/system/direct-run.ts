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
 * Runs a program with the system's current parameters. Inside another system's run it is a part of that run: it shares
 * budget, signal, limits, trace and observers. Its tensors are disposed, except those of the result, which belong to the
 * caller.
 */
export async function runDirectly<Input, Result>(request: DirectRun<Input, Result>): Promise<Result> {
  const { registry, services, recorder, input, body } = request;
  const outer = currentFrame();
  const path = outer && `${outer.path}/${registry.name}#${outer.nextOccurrence(registry.name)}`;
  // The values of the moment of the call, whatever is set while the backend loads.
  const { state } = registry;
  const engine = tensorEngine();
  await engine?.ready();
  const scope = engine?.openScope(outer?.scope);
  const run: Run = {
    program: registry,
    services: outer === undefined ? services : nestedServices(outer.run.services, services),
    source: registry.parametersOf(state, scope),
    candidate: outer?.run.candidate ?? 0,
    exampleKey: outer?.run.exampleKey ?? 0,
    recorder: recorder ?? outer?.run.recorder,
    tensorScope: scope,
    join: undefined,
    callCounts: new Map(),
    batched: outer?.run.batched ?? false,
  };
  const place = path === undefined ? {} : { path };
  const frame = new Frame(run, outer, undefined, outer?.signal, outer?.node, scope, place);
  let output: Result | undefined;
  try {
    const { name } = registry;
    const result = await startRun({ name, frame, inputs: input, members: 1, body: () => body(input) });
    // A first whole run shows the program, and whether a state that was loaded before belongs to it.
    if (outer === undefined && !registry.complete) registry.probed();
    output = result;
    return result;
  } finally {
    scope?.close(output);
  }
}

function nestedServices(outer: RunServices, own: RunServices): RunServices {
  return { ...outer, seed: own.seed, observers: [...new Set([...outer.observers, ...own.observers])] };
}
