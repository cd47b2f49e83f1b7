import { describe, expect, it } from "@jest/globals";
import { readCheckpoint, writeCheckpoint } from "./checkpoint-file.js";
import type { FileSystem } from "./file-system.js";

/** Files in memory, with every operation noted. */
function memoryFiles() {
  const files = new Map<string, string>();
  const operations: string[] = [];
  const unused = (): never => {
    throw new Error("not expected");
  };
  const fs: FileSystem = {
    mkdir: unused,
    readdir: unused,
    rm: unused,
    readFile: async (path) =>
      files.get(path) ?? Promise.reject(Object.assign(new Error("no file"), { code: "ENOENT" })),
    rename: async (from, to) => {
      operations.push(`rename ${from} ${to}`);
      files.set(to, files.get(from) ?? "");
      files.delete(from);
    },
    open: async (path, flags) => ({
      writeFile: async (text) => {
        operations.push(`write ${path}`);
        files.set(path, text);
      },
      sync: async () => void operations.push(`sync ${path}`),
      close: async () => void operations.push(`close ${flags}`),
    }),
  };
  return { fs, files, operations };
}

describe("a checkpoint file", () => {
  it("is on the disk before it gets its name, and its name before the promise is kept", async () => {
    const { fs, operations } = memoryFiles();
    await writeCheckpoint(fs, "run/checkpoint-1.json", { step: 1, data: "x" });
    expect(operations).toEqual([
      "write run/checkpoint-1.json.tmp",
      "sync run/checkpoint-1.json.tmp",
      "close w",
      "rename run/checkpoint-1.json.tmp run/checkpoint-1.json",
      "sync run",
      "close r",
    ]);
    expect(await readCheckpoint(fs, "run/checkpoint-1.json")).toEqual({ step: 1, data: "x" });
  });

  it("says what is wrong with it", async () => {
    const { fs, files } = memoryFiles();
    await writeCheckpoint(fs, "a", { step: 1, data: "x" });
    const intact = files.get("a") ?? "";
    files.set("cut", intact.slice(0, -3));
    files.set("changed", intact.replace('"x"', '"y"'));
    expect(await readCheckpoint(fs, "cut")).toBe("it is truncated or not a checkpoint");
    expect(await readCheckpoint(fs, "changed")).toBe("its checksum differs");
    expect(await readCheckpoint(fs, "nowhere")).toBe("it is missing");
  });

  it("can be written where directories cannot be opened, as on Windows", async () => {
    const { fs } = memoryFiles();
    const windows: FileSystem = {
      ...fs,
      open: (path, flags) => (flags === "r" ? Promise.reject(new Error("EISDIR")) : fs.open(path, flags)),
    };
    await writeCheckpoint(windows, "a", { step: 1, data: "x" });
    expect(await readCheckpoint(windows, "a")).toEqual({ step: 1, data: "x" });
  });
});
