/** One project per package. Sisters resolve to their TypeScript sources by name, so no build is needed. */
export default {
  // Some suites crash and resume whole runs; on a busy machine they take several times as long.
  testTimeout: 60_000,
  testMatch: ["<rootDir>/src/**/*.test.ts", "<rootDir>/test/**/*.test.ts"],
  testEnvironmentOptions: {
    customExportConditions: ["@hyperfunc/source", "node", "node-addons"],
    // tfjs keeps its engine on the global; jest's soft deletion of it ends in endless recursion.
    globalsCleanup: "off",
  },
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2023" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
};
