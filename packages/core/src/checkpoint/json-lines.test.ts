import { describe, expect, it } from "@jest/globals";
import type { FileSystem } from "./file-system.js";
import { JsonLines } from "./json-lines.js";

/** One file in memory that notes every operation; a write lasts until it is let go. */
function slowFile() {
  const operations: string[] = [];
  const waiting: (() => void)[] = [];
  let content = "";
  const note = async (operation: string): Promise<void> => void operations.push(operation);
  const unused = (): never => {
    throw new Error("not expected");
  };
  const fs: FileSystem = {
    mkdir: () => note("mkdir"),
    readFile: async () => content,
    readdir: unused,
    rename: unused,
    rm: unused,
    open: async (path, flags) => ({
      writeFile: async (text) => {
        operations.push(`write ${text.split("\n").filter(Boolean).length}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
        content += text;
      },
      sync: () => note(flags === "r" ? `sync ${path}` : "sync"),
      close: () => note("close"),
    }),
  };
  const letGo = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { fs, operations, letGo };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("JsonLines", () => {
  it("writes together what arrives during a write, in order, and syncs before it promises", async () => {
    const { fs, operations, letGo } = slowFile();
    const lines = new JsonLines(fs, "folder/log.jsonl");
    const promised: string[] = [];
    const append = (key: string): void =>
      void lines.append(JSON.stringify({ key })).then(() => promised.push(key));
    append("a");
    await turn();
    append("b");
    append("c");
    await turn();
    expect(operations).toEqual(["mkdir", "write 1"]);
    expect(promised).toEqual([]);
    await letGo();
    expect(promised).toEqual(["a"]);
    const read = lines.read();
    await letGo();
    expect(promised).toEqual(["a", "b", "c"]);
    expect(operations).toEqual([
      "mkdir",
      "write 1",
      "sync",
      "close",
      "sync folder",
      "close",
      "write 2",
      "sync",
      "close",
    ]);
    // Asked for during the second write, answered after it.
    expect(await read).toEqual([{ key: "a" }, { key: "b" }, { key: "c" }]);
  });
});
