import { describe, expect, it } from "@jest/globals";
import { withoutSecrets } from "./without-secrets.js";

describe("withoutSecrets", () => {
  it.each([
    "authorization:     abcdefgh12345678",
    "api_key:\n        abcdefgh12345678",
    "Bearer abcdefgh12345678",
    "sk-abcdefgh12345678",
    "https://user:abcdefgh12345678@host/v1",
  ])("blacks out the credential in %j", (text) => {
    expect(withoutSecrets(text)).not.toContain("abcdefgh12345678");
  });

  it("leaves other texts alone, however long their white space", () => {
    const page = `<html>${" ".repeat(50_000)}</html>`;
    const start = performance.now();
    expect(withoutSecrets(page)).toBe(page);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
