/** Test doubles and contract suites for plugin authors: `@hyperfunc/core/testing`. */
export { checkpointStoreContract, type Reopen } from "./checkpoint-store-contract.js";
export type { ContractCase } from "./contract-case.js";
export { languageModelContract } from "./language-model-contract.js";
export { manualClock, type ManualClock } from "./manual-clock.js";
export { optimizerContract } from "./optimizer-contract.js";
export {
  scriptedModel,
  type ReplyFunction,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedReply,
  type ScriptedResponse,
} from "./scripted-model.js";
