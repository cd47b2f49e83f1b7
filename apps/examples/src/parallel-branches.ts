/** Two calls that wait for nothing but their input, one that waits for both: what the trace shows. */
import { hyperfunction, hyperSystem } from "@hyperfunc/core";

const stepA = hyperfunction({ name: "stepA" }, (x: number) => x + 1);
const stepB = hyperfunction({ name: "stepB" }, (x: number) => x * 2);
const stepC = hyperfunction({ name: "stepC" }, ({ a, b }: { a: number; b: number }) => a + b);

const system = hyperSystem({ name: "parallel" }, async (x: number) => {
  const [a, b] = await Promise.all([stepA(x), stepB(x)]);
  return stepC({ a, b });
});

const { trace, output } = await system.trace(5);
console.log("output:", output);
console.log("stages:", JSON.stringify(trace.stages().map((stage) => stage.map((node) => node.name))));
console.log(trace.toMermaid());
