import { describe, expect, it } from "@jest/globals";
import { TraceRecorder } from "./trace-recorder.js";

describe("trace.toMermaid", () => {
  it("draws calls, boxes of nested calls, and edges by kind", () => {
    const recorder = new TraceRecorder();
    const output = { value: new Float32Array(1) };
    const write = recorder.start({ name: "write", input: undefined });
    const ask = recorder.start({ name: "openai/gpt", kind: "model", input: undefined, parent: write });
    recorder.finish(ask, "a text long enough");
    const search = recorder.start({
      name: "search",
      kind: "tool",
      input: "a text long enough",
      parent: write,
    });
    recorder.fail(search, new Error("no network"));
    recorder.finish(write, output);
    const read = recorder.start({ name: "read", input: output });
    recorder.finish(read, 1);
    recorder.start({ name: "count", input: 1 });
    expect(recorder.trace().toMermaid()).toBe(
      [
        "flowchart LR",
        '  subgraph n0["write"]',
        '    n1(["openai/gpt"])',
        '    n2[["search"]]',
        "  end",
        '  n3["read"]',
        '  n4["count"]',
        "  n1 -- text --> n2",
        "  n0 --> n3",
        "  n3 -.-> n4",
        "  classDef failed stroke:#c00,stroke-width:2px",
        "  class n2 failed",
        "",
      ].join("\n"),
    );
  });

  it("escapes what Mermaid would read", () => {
    const recorder = new TraceRecorder();
    recorder.start({ name: 'a "b" #1; <i>`c`</i>\n]--> d', input: undefined });
    const [, line, ...rest] = recorder.trace().toMermaid().split("\n");
    expect(line).toBe('  n0["a #quot;b#quot; #35;1; #lt;i#gt;#96;c#96;#lt;/i#gt; ]--#gt; d"]');
    expect(rest).toEqual([""]);
  });

  it("draws nothing for no calls", () => {
    expect(new TraceRecorder().trace().toMermaid()).toBe("flowchart LR\n");
  });
});
