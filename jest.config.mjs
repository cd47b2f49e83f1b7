export default {
  projects: ["<rootDir>/packages/*", "<rootDir>/apps/*"],
  maxWorkers: "100%",
  coverageProvider: "v8",
  collectCoverageFrom: ["packages/*/src/**/*.ts", "!**/*.test.ts"],
};
