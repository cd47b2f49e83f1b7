/** Loading packages that may not be there. */

/** `import()` of a package by its name. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** The name is a variable, so that neither TypeScript nor a bundler looks for a package that may be absent. */
const importByName: ImportPackage = async (name) => (await import(name)) as unknown;

/** Imports a package that the user may have installed. Rejects with a sentence that says whether it is there. */
export async function importOptional(name: string, importPackage = importByName): Promise<unknown> {
  try {
    return await importPackage(name);
  } catch (error) {
    throw new Error(whyNot(name, error), { cause: error });
  }
}

function whyNot(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  // The same code stands for a package that is there and misses one of its own dependencies.
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  if (isMissing && message.includes(`'${name}'`)) return `${name} is not installed`;
  const [reason = ""] = message.split("\n");
  return `${name} is installed but does not load: ${reason.trim().replace(/\.$/, "")}`;
}
