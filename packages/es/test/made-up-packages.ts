import type { ImportPackage } from "../src/backend/import-package.js";

/** Imports packages that a test makes up; all others are not installed. */
export function madeUpPackages(contents: Readonly<Record<string, () => unknown>>): ImportPackage {
  return async (name) => {
    const load = contents[name];
    if (load !== undefined) return load();
    throw Object.assign(new Error(`Cannot find package '${name}' imported from here`), {
      code: "ERR_MODULE_NOT_FOUND",
    });
  };
}
