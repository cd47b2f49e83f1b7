import { Frame } from "../context/frame.js";
import type { Call, Middleware, Next } from "../hyperfunction/call.js";
import { observed } from "../plugins/observer.js";

/** Records calls in the trace and shows them to observers; costs nothing where neither is there. */
export const tracing: Middleware = Object.assign(
  (call: Call, next: Next): Promise<unknown> => {
    const { recorder, services } = call.caller.run;
    if (recorder === undefined && services.observers.length === 0) return next(call);
    return traced(call, next);
  },
  { batchAware: true },
);

async function traced(call: Call, next: Next): Promise<unknown> {
  const { caller, input, hyperfunction } = call;
  const { run } = caller;
  const { name } = hyperfunction;
  const node = run.recorder?.start({
    kind: "hyperfunction",
    name,
    input,
    ...(caller.node === undefined ? {} : { parent: caller.node }),
  });
  const observedCall = { ...call, node };
  const frame = new Frame(run, caller, observedCall, call.signal, node, caller.scope);
  const event = {
    kind: "hyperfunction" as const,
    name,
    path: frame.path,
    candidate: run.candidate,
    exampleKey: run.exampleKey,
    input,
    members: 1,
  };
  try {
    const output = await observed(frame, event, () => next(observedCall));
    if (node !== undefined) run.recorder?.finish(node, output);
    return output;
  } catch (error) {
    if (node !== undefined) run.recorder?.fail(node, error);
    throw error;
  }
}
