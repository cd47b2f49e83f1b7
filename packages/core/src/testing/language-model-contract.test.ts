import { describe, it } from "@jest/globals";
import { languageModelContract, scriptedModel } from "@hyperfunc/core/testing";

describe("the contract of LanguageModel, kept by scriptedModel", () => {
  for (const { name, run } of languageModelContract(() => scriptedModel(() => "yes", { delayMs: 5 })))
    it(name, run);
});
