/** Importing this makes models known by name everywhere in Hyperfunc. */
import { registerModelResolver } from "@hyperfunc/core";
import { languageModel } from "./language-model.js";

registerModelResolver((name) => languageModel(name));
