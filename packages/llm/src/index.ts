/** Language models by name: providers, sampling parameters, structured output, streaming. */
import "./model/resolver.js";

export { languageModel, type LanguageModelOptions } from "./model/language-model.js";
export { llmCompletion, type ParsedResponse } from "./completion/llm-completion.js";
export {
  makeLlmCompletion,
  type CompletionInput,
  type MakeLlmCompletionOptions,
} from "./completion/make-llm-completion.js";
export type { CompletionOptions, SamplingValues } from "./completion/request.js";
export { streamCompletion } from "./completion/stream-completion.js";
export { providerNames, registerProvider, type ProviderOptions } from "./providers/registry.js";
export type { Provider, SamplingParameter, SchemaSupport } from "./providers/provider.js";
