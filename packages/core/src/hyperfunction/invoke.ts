/** From a call expression to the function: context, runtime policy, execution. */
import { bareFrame, bareServices } from "../context/bare-run.js";
import { currentFrame, Frame, runInFrame } from "../context/frame.js";
import { joinSignals } from "../context/join-signals.js";
import { abortError } from "../concurrency/abort.js";
import { retry } from "../concurrency/retry.js";
import { withTimeout } from "../concurrency/timeout.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { createRng } from "../rng/rng.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { RunCallContext } from "./call-context.js";
import type { Call, Middleware, Next } from "./call.js";
import { compose } from "./call.js";
import type { AnyHyperfunction, CallOverrides } from "./hyperfunction.js";

/** Makes a call in the current run, or in one of its own when there is none. */
export function invoke(
  hyperfunction: AnyHyperfunction,
  input: unknown,
  overrides: CallOverrides<unknown>,
): Promise<unknown> {
  const caller = currentFrame();
  return caller === undefined
    ? invokeOutside(hyperfunction, input, overrides)
    : invokeIn(caller, hyperfunction, input, overrides);
}

function invokeIn(
  caller: Frame,
  hyperfunction: AnyHyperfunction,
  input: unknown,
  overrides: CallOverrides<unknown>,
): Promise<unknown> {
  const { program } = caller.run;
  const occurrence = caller.nextOccurrence(hyperfunction.name);
  const signal = joinSignals(caller.signal, overrides.signal);
  const chain = program === undefined ? policyChain(hyperfunction, []) : program.chainOf(hyperfunction);
  return chain({ hyperfunction, input, overrides, caller, occurrence, signal, node: undefined });
}

/** A call outside any system computes with the declared defaults; tensors made for it are disposed with it. */
async function invokeOutside(
  hyperfunction: AnyHyperfunction,
  input: unknown,
  overrides: CallOverrides<unknown>,
): Promise<unknown> {
  const scope = tensorEngine()?.openScope(undefined);
  const frame = bareFrame(bareServices(), { scope });
  let output: unknown;
  try {
    output = await runInFrame(frame, () => invokeIn(frame, hyperfunction, input, overrides));
    return output;
  } finally {
    scope?.close(output);
  }
}

/** A hyperfunction's own policy around its execution, inside the given layers. */
export function policyChain(hyperfunction: AnyHyperfunction, layers: readonly Middleware[]): Next {
  const { retries = 0, maxCalls } = hyperfunction.options;
  return compose(
    [
      ...layers,
      ...(maxCalls === undefined ? [] : [callLimit(maxCalls)]),
      ...(retries === 0 ? [] : [retrying(retries)]),
    ],
    execute,
  );
}

function callLimit(maxCalls: number): Middleware {
  return Object.assign(
    (call: Call, next: Next): Promise<unknown> => {
      const { run } = call.caller;
      const callCounts = (run.callCounts ??= new Map<string, number>());
      const { name } = call.hyperfunction;
      const count = callCounts.get(name) ?? 0;
      if (count >= maxCalls) {
        return Promise.reject(
          new HyperfuncError(
            "CALL_LIMIT",
            `"${name}" was called more than maxCalls = ${maxCalls} times in one run.`,
          ),
        );
      }
      callCounts.set(name, count + 1);
      return next(call);
    },
    { batchAware: true },
  );
}

function retrying(retries: number): Middleware {
  return Object.assign(
    (call: Call, next: Next): Promise<unknown> => {
      const { services, exampleKey } = call.caller.run;
      const rng = createRng(
        services.seed,
        "retry",
        exampleKey,
        call.caller.path,
        call.hyperfunction.name,
        call.occurrence,
      );
      return retry(() => next(call), {
        retries,
        rng,
        clock: services.clock,
        ...(call.signal && { signal: call.signal }),
      });
    },
    { batchAware: true },
  );
}

/** The innermost step: joined with its siblings into a batch, or directly. */
function execute(call: Call): Promise<unknown> {
  if (call.signal?.aborted === true) return Promise.reject(abortError(call.signal));
  const { join } = call.caller.run;
  return join === undefined ? executeDirectly(call) : join(call);
}

/** Runs the function in a frame of its own, under its timeout. */
export function executeDirectly(call: Call): Promise<unknown> {
  const { timeoutMs, name } = call.hyperfunction.options;
  if (timeoutMs === undefined) return runBody(call, call.signal);
  return withTimeout((signal) => runBody(call, signal), {
    timeoutMs,
    what: `"${name}"`,
    clock: call.caller.run.services.clock,
    ...(call.signal && { signal: call.signal }),
  });
}

function runBody(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
  const { run } = call.caller;
  const frame = new Frame(run, call.caller, call, signal, call.node, call.caller.scope);
  try {
    return Promise.resolve(runInFrame(frame, () => callBody(call, frame)));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Calls the function itself; its types were checked where it was defined and called. */
export function callBody(call: Call, frame: Frame): unknown {
  return call.hyperfunction.fn(call.input as never, new RunCallContext(call, frame) as never);
}
