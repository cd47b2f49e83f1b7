import * as tf from "@tensorflow/tfjs-core";
import "../src/backend/chained-ops.js";
import { useBackend } from "../src/backend/use-backend.js";
import { LoRAWeight } from "../src/primitives/lora-weight/lora-weight.js";
import "../src/population/tensor-engine.js";
import { HyperSystem, hyperfunction, type Population, type LeafBatch } from "@hyperfunc/core";
await useBackend("wasm");
const [P, N, I, H, O] = (process.argv[2] ?? "32,200,64,64,10").split(",").map(Number) as [number,number,number,number,number];
const read = process.argv[3] === "read", glue = process.argv[3] === "glue";
const rnd = (n: number, k = 1) => { const a = new Float32Array(n); for (let i=0;i<n;i++) a[i] = k*(Math.random()*2-1)*1.7; return a; };
const enc = hyperfunction({ name: "enc", hpType: LoRAWeight.create({ outDim: H, inDim: I, bias: true }), optimizeHparams: true }, ({ x }: { x: tf.Tensor }, { hp }) => tf.relu(tf.matMul(x.reshape([1, -1]), hp.weight, false, true).add(hp.bias)));
const cls = hyperfunction({ name: "cls", hpType: LoRAWeight.create({ outDim: O, inDim: H, bias: true }), optimizeHparams: true }, ({ h }: { h: tf.Tensor }, { hp }) => tf.softmax(tf.matMul(h as tf.Tensor2D, hp.weight, false, true).add(hp.bias)));
let ran = 0;
const opt: any = { name: "bench", async optimize(problem: any) {
  const leaves = new Map<string, LeafBatch>();
  for (const [n, o, i] of [["enc", H, I], ["cls", O, H]] as const) { leaves.set(`${n}.hp.weight`, { kind: "lowRank", base: rnd(o*i, 1/Math.sqrt(i)), rank: 1, a: rnd(P*o, .05), b: rnd(P*i) }); leaves.set(`${n}.hp.bias`, { kind: "dense", values: rnd(P*o) }); }
  const population: Population = { size: P, base: problem.state, leaves };
  let mode; const ts: number[] = []; const n0 = tf.memory().numTensors; let r: any;
  for (let i=0;i<3;i++) r = await problem.evaluate(population); const t0=performance.now();
  while (performance.now()-t0<3000||ts.length<5) { const t=performance.now(); r = await problem.evaluate(population); ts.push(performance.now()-t); }
  ts.sort((a,b)=>a-b); console.log(`P=${P} N=${N} ${I}-${H}-${O} real core ${process.argv[3]??''}`, r.mode, `best ${ts[0]!.toFixed(2)} med ${ts[ts.length>>1]!.toFixed(2)} ms`, 'leak', tf.memory().numTensors-n0, r.scores.slice(0,2), r.failures.length);
  return { stopReason: "finished", proposals: { accepted: 0, rejected: 0, failed: 0 } }; } };
class Net extends HyperSystem<{ x: tf.Tensor }, tf.Tensor> { async run({ x }: { x: tf.Tensor }) { let h: any = await enc({ x }); if (read) { const v = await h.data(); (globalThis as any).sink = v[0]; } if (glue) { const v = await h.data(); h = h.mul(2).add(1);} return cls({ h }); } }
const net = new Net({ hyperfunctions: [enc, cls], systemOptimizer: opt } as any);
const examples = Array.from({ length: N }, (_, k) => ({ inputs: { x: tf.tensor1d(rnd(I)) }, expected: k % O }));
const metric: any = Object.assign((outs: tf.Tensor[]) => { let s = 0; for (const o of outs) s += o.dataSync()[0]!; return s / outs.length; }, { [Symbol.for("hyperfunc.batchedMetric")]: (out: tf.Tensor) => tf.slice(tf.reshape(out,[O]), 0, 1).squeeze() });
const result: any = await net.optimize(examples as any, metric, {} as any); console.log(result.stopReason, result.warnings);
