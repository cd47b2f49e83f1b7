import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const tests = ["**/*.test.ts", "**/test/**/*.ts"];

export default defineConfig(
  globalIgnores(["**/dist/", "**/coverage/", "**/.generated/", "**/.turbo/", "**/assembly/"]),
  {
    files: ["**/*.ts"],
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A hyperfunction may be declared async for its type's sake.
      "@typescript-eslint/require-await": "off",
      // What was caught is passed on as it was.
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      eqeqeq: "error",
    },
  },
  { files: ["packages/*/src/**/*.ts"], ignores: tests, rules: { "no-console": "error" } },
  { files: ["{packages,apps}/*/src/**/*.ts"], ignores: tests, rules: { "max-lines": ["error", 300] } },
  {
    files: tests,
    rules: {
      // jest's asymmetric matchers (expect.any, expect.objectContaining) are typed any.
      "@typescript-eslint/no-unsafe-assignment": "off",
      // expect(object.method) and expectTypeOf(object.method) only look at it.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  { files: ["**/*.mjs"], extends: [js.configs.recommended], rules: { "no-undef": "off" } },
);
