import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { abortError, onAbort, throwIfAborted } from "./abort.js";

describe("abortError", () => {
  it("is ABORTED with the reason as cause, and of the infrastructure", () => {
    const reason = new Error("user left");
    expect(abortError(AbortSignal.abort(reason))).toMatchObject({
      code: "ABORTED",
      infrastructure: true,
      cause: reason,
    });
  });

  it("keeps a reason that already says what happened", () => {
    const reason = new HyperfuncError("TIMEOUT", "too slow");
    expect(abortError(AbortSignal.abort(reason))).toBe(reason);
  });
});

describe("throwIfAborted", () => {
  it("throws only under an aborted signal", () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(expect.objectContaining({ code: "ABORTED" }));
  });
});

describe("onAbort", () => {
  it("calls the listener once, and at once when it is too late to wait", () => {
    const codes: string[] = [];
    const controller = new AbortController();
    onAbort(controller.signal, ({ code }) => codes.push(code));
    controller.abort();
    controller.abort();
    onAbort(controller.signal, ({ code }) => codes.push(code));
    onAbort(undefined, ({ code }) => codes.push(code));
    expect(codes).toEqual(["ABORTED", "ABORTED"]);
  });

  it("leaves no listener behind", () => {
    const { signal } = new AbortController();
    const stop = onAbort(signal, () => undefined);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    stop();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
