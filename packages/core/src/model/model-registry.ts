/** Models by name. Core knows no provider: importing `@hyperfunc/llm` registers the resolver that does. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import type { LanguageModel } from "./language-model.js";

/** Makes a model from a name such as `openai/gpt-4o-mini`; undefined when the name is not its business. */
export type ModelResolver = (name: string) => LanguageModel | undefined;

const resolvers: ModelResolver[] = [];

/** Adds a resolver, asked before those already there; the returned function removes it. */
export function registerModelResolver(resolver: ModelResolver): () => void {
  resolvers.unshift(resolver);
  return () => {
    const at = resolvers.indexOf(resolver);
    if (at >= 0) resolvers.splice(at, 1);
  };
}

/**
 * A model as it is, or the model with that name.
 *
 * @throws UNRESOLVED_MODEL when nothing resolves the name, with the import that is missing; INVALID_ARGUMENT for
 * anything that is neither a name nor a model.
 */
export function resolveModel(model: string | LanguageModel): LanguageModel {
  if (typeof model !== "string") return checkModel(model);
  if (model.trim() === "")
    throw invalidArgument('A model name must not be empty; use one such as "openai/gpt-4o-mini".');
  for (const resolve of resolvers) {
    const resolved = resolve(model);
    if (resolved !== undefined) return resolved;
  }
  throw new HyperfuncError("UNRESOLVED_MODEL", `The model "${model}" cannot be resolved: ${remedy()}`, {
    details: { model, resolvers: resolvers.length },
  });
}

function remedy(): string {
  return resolvers.length === 0
    ? 'names need a provider package. Add `import "@hyperfunc/llm"`, or pass a LanguageModel instead of a name.'
    : "no provider knows this name. Check its spelling, register the provider, or pass a LanguageModel.";
}

function checkModel(model: LanguageModel): LanguageModel {
  const given: unknown = model;
  const usable =
    typeof given === "object" &&
    given !== null &&
    "generate" in given &&
    typeof given.generate === "function";
  if (usable) return model;
  throw invalidArgument(
    `A model must be a name or a LanguageModel with generate(request, { signal }), got ${given === null ? "null" : typeof given}.`,
  );
}
