import { describe, expect, it } from "@jest/globals";
import { checkpointStoreContract } from "../testing/checkpoint-store-contract.js";
import { memoryCheckpoints } from "./memory-checkpoints.js";

describe("memoryCheckpoints", () => {
  const cases = checkpointStoreContract(() => {
    const store = memoryCheckpoints();
    return () => store;
  });
  for (const { name, run } of cases) it(name, run);

  it("asks to be opened first", async () => {
    await expect(memoryCheckpoints().save({ step: 1, data: 0 })).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
  });
});
