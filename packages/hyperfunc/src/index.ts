export * from "@hyperfunc/core";
export * from "@hyperfunc/es";
