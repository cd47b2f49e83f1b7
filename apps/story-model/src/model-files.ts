/**
 * Where the model is: stories260K.bin, a Llama of 260,000 parameters that was trained on TinyStories (Eldan and Li 2023,
 * arXiv:2305.07759), and tok512.bin, its tokenizer. Both come with llama2.c and are no part of this repository.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readCheckpoint } from "./checkpoint.js";
import { Llama } from "./llama.js";
import { readTokenizer, type Tokenizer } from "./tokenizer.js";

/** Names the folder that holds both files. */
const FOLDER_VARIABLE = "HYPERFUNC_STORY_MODEL";
const DEFAULT_FOLDER = resolve(import.meta.dirname, "../../../../shared/data/llm");
const MODEL_FILE = "stories260K.bin";
const TOKENIZER_FILE = "tok512.bin";

export interface StoryModel {
  readonly llama: Llama;
  readonly tokenizer: Tokenizer;
}

/** What is missing for the model to be loaded, in words; undefined when nothing is. */
export function missingStoryModel(folder = storyModelFolder()): string | undefined {
  const missing = [MODEL_FILE, TOKENIZER_FILE].filter((file) => !existsSync(resolve(folder, file)));
  if (missing.length === 0) return undefined;
  return `${missing.join(" and ")} missing in ${folder}; set ${FOLDER_VARIABLE} to the folder that has the files`;
}

/** @throws Error naming what is missing; RangeError for files of another kind. */
export function loadStoryModel(folder = storyModelFolder()): StoryModel {
  const missing = missingStoryModel(folder);
  if (missing !== undefined) throw new Error(`The story model cannot be loaded: ${missing}.`);
  const llama = new Llama(readCheckpoint(readFileSync(resolve(folder, MODEL_FILE))));
  const tokenizer = readTokenizer(readFileSync(resolve(folder, TOKENIZER_FILE)));
  if (tokenizer.size !== llama.config.vocabulary) {
    throw new RangeError(
      `The model has ${llama.config.vocabulary} tokens and the tokenizer ${tokenizer.size}: they do not belong together.`,
    );
  }
  return { llama, tokenizer };
}

function storyModelFolder(): string {
  return process.env[FOLDER_VARIABLE] ?? DEFAULT_FOLDER;
}
