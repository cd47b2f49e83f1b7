export * from "@hyperfunc/core";
export * from "@hyperfunc/es";
export * from "@hyperfunc/llm";
