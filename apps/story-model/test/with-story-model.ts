import { describe } from "@jest/globals";
import { missingStoryModel } from "../src/model-files.js";

/** A `describe` that needs the files of the model; without them it is skipped, and its name says what is missing. */
export function withStoryModel(name: string, body: () => void): void {
  const missing = missingStoryModel();
  if (missing === undefined) describe(name, body);
  else describe.skip(`${name} [skipped: ${missing}]`, body);
}
