/** What an optimizer asks a model for is budgeted, counted, journalled and aborted like the calls of the program. */
import { describe, expect, it } from "@jest/globals";
import {
  callModel,
  example,
  hyperfunction,
  hyperSystem,
  memoryCheckpoints,
  perExample,
  type HyperSystem,
  type OptimizeOptions,
} from "@hyperfunc/core";
import { scriptedModel, type ScriptedModel } from "@hyperfunc/core/testing";
import { walker } from "../../test/walker.js";

const ask = hyperfunction({ name: "ask", prompt: "?" }, (text: string, { prompt }) => text + prompt);
const longer = perExample((output: string) => output.length);
const data = [example("a", "")];

/** Asks its model twice before each step, once through a hyperfunction of its own. */
function proposing(model: ScriptedModel, steps = 4): HyperSystem<string, string> {
  const messages = [{ role: "user" as const, content: "propose" }];
  const propose = hyperfunction({ name: "propose" }, () => callModel(model, { messages, maxTokens: 4 }));
  const before = async (): Promise<void> => {
    await propose();
    await callModel(model, { messages, maxTokens: 4 });
  };
  const optimizer = walker({ steps, before });
  return hyperSystem({ name: "proposing", optimizer }, (text: string) => ask(text));
}
const optimizing = (model: ScriptedModel, options: OptimizeOptions<string, string, string>) =>
  proposing(model).optimize(data, longer, options);

describe("an optimizer's own calls", () => {
  it("are counted, and belong to no hyperfunction of the system", async () => {
    const model = scriptedModel(() => "idea");
    const system = proposing(model);
    const { usage } = await system.optimize(data, longer);
    expect(usage.calls).toBe(8);
    expect(system.hyperfunctions).toEqual([ask]);
  });

  it("end the search when the budget is used up", async () => {
    const model = scriptedModel(() => "idea");
    const result = await optimizing(model, { budget: { maxCalls: 5 } });
    expect(result.stopReason).toBe("budget");
    expect(result.history).toHaveLength(2);
    expect(model.requests).toHaveLength(5);
  });

  it("are refused when the budget cannot bound them", async () => {
    const unpriced = scriptedModel(() => "idea");
    await expect(optimizing(unpriced, { budget: { maxUsd: 1 } })).rejects.toMatchObject({
      code: "BUDGET_UNBOUNDED",
    });
  });

  it("are not paid twice by a resumed run", async () => {
    for (let crash = 0; crash < 8; crash++) {
      const store = memoryCheckpoints();
      const model = scriptedModel((_, index) => `idea ${index}`);
      const fragile: ScriptedModel = {
        ...model,
        generate: (request, options) => {
          if (model.requests.length === crash) return Promise.reject(new RangeError("gone"));
          return model.generate(request, options);
        },
      };
      await expect(optimizing(fragile, { checkpoint: store })).rejects.toThrow("gone");
      const { usage } = await optimizing(model, { checkpoint: store });
      expect(model.requests).toHaveLength(8);
      expect(usage.calls).toBe(8);
    }
  });

  it("are aborted with the run", async () => {
    const abort = new AbortController();
    const model = scriptedModel(() => {
      abort.abort();
      return { content: "late", delayMs: 1e9 };
    });
    expect(await optimizing(model, { signal: abort.signal })).toMatchObject({ stopReason: "aborted" });
    expect(model.inFlight).toBe(0);
  });
});
