export default {
  projects: ["<rootDir>/packages/*", "<rootDir>/apps/*"],
  maxWorkers: "100%",
  // Some suites crash and resume whole runs; on a busy machine they take several times as long.
  testTimeout: 60_000,
  coverageProvider: "v8",
  collectCoverageFrom: ["packages/*/src/**/*.ts", "!**/*.test.ts"],
};
