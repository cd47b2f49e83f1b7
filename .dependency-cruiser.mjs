const tests = "\\.test\\.ts$|^packages/[^/]+/test/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "packages-import-only-core",
      comment: "What two packages share is an interface in core.",
      severity: "error",
      from: { path: "^packages/([^/]+)/", pathNot: "^packages/hyperfunc/" },
      to: { path: "^packages/", pathNot: "^packages/($1|core)/" },
    },
    {
      name: "core-imports-nothing",
      comment: "Core's sources stand on Node's builtins alone.",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: tests },
      to: { pathNot: "^packages/core/", dependencyTypesNot: ["core"] },
    },
    {
      name: "nobody-imports-apps",
      severity: "error",
      from: { path: "^(?:packages/|apps/([^/]+)/)" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "no-cycles",
      comment: "Cycles of types alone are allowed.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-own-index",
      comment: "Inside a package import the file itself; index.ts is for others.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/", pathNot: tests },
      to: { path: "^packages/$1/src/index\\.ts$" },
    },
    {
      name: "testing-is-for-tests",
      severity: "error",
      from: { path: "^packages/", pathNot: [tests, "^packages/[^/]+/src/testing/"] },
      to: { path: "^packages/[^/]+/src/testing/" },
    },
    {
      name: "declared-dependencies",
      comment: "A published source imports only what its own package.json promises.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: tests },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|apps)/[^/]+/(dist|\\.generated)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["@hyperfunc/source", "import", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};
