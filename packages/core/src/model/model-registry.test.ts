import { afterEach, describe, expect, it } from "@jest/globals";
import { scriptedModel } from "../testing/scripted-model.js";
import { registerModelResolver, resolveModel, type ModelResolver } from "./model-registry.js";

describe("resolveModel", () => {
  const undo: (() => void)[] = [];
  const register = (resolver: ModelResolver): void => void undo.push(registerModelResolver(resolver));
  afterEach(() => undo.splice(0).forEach((remove) => remove()));

  it("gives a model back as it is", () => {
    const model = scriptedModel(["hi"]);
    expect(resolveModel(model)).toBe(model);
  });

  it("names the missing import when nothing resolves names", () => {
    const resolve = (): unknown => resolveModel("openai/gpt-4o-mini");
    expect(resolve).toThrow(expect.objectContaining({ code: "UNRESOLVED_MODEL" }));
    expect(resolve).toThrow('The model "openai/gpt-4o-mini" cannot be resolved');
    expect(resolve).toThrow('import "@hyperfunc/llm"');
  });

  it("asks the newest resolver first, and the others when it declines", () => {
    const [old, recent] = [scriptedModel([]), scriptedModel([])];
    register(() => old);
    register((name) => (name === "mine/a" ? recent : undefined));
    expect(resolveModel("mine/a")).toBe(recent);
    expect(resolveModel("openai/b")).toBe(old);
  });

  it("does not blame a missing import when resolvers are there", () => {
    register(() => undefined);
    expect(() => resolveModel("nobody/x")).toThrow("no provider knows this name");
  });

  it("forgets a resolver that was removed, once", () => {
    const model = scriptedModel([]);
    const remove = registerModelResolver(() => model);
    const kept = scriptedModel([]);
    register((name) => (name === "kept" ? kept : undefined));
    remove();
    remove();
    expect(() => resolveModel("x")).toThrow(expect.objectContaining({ code: "UNRESOLVED_MODEL" }));
    expect(resolveModel("kept")).toBe(kept);
  });

  it.each([undefined, null, 1, {}, "", " "])("refuses %j", (bad) => {
    expect(() => resolveModel(bad as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
