export * from "@hyperfunc/core";
export * from "@hyperfunc/es";
export * from "@hyperfunc/eval";
export * from "@hyperfunc/llm";
