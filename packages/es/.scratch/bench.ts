import * as tf from "@tensorflow/tfjs-core";
import "../src/backend/chained-ops.js";
import { useBackend } from "../src/backend/use-backend.js";
import { LoRAWeight } from "../src/primitives/lora-weight/lora-weight.js";
import { tfjsTensorEngine } from "../src/population/tensor-engine.js";
import { vmapReport } from "../src/vmap/vmap-report.js";
import { HyperSystem, hyperfunction, type Population, type LeafBatch } from "@hyperfunc/core";
import * as core from "@hyperfunc/core";
await useBackend("wasm");
const [P, N, I, H, O] = (process.argv[2] ?? "32,200,64,64,10").split(",").map(Number) as [number,number,number,number,number];
const rnd = (n: number, k = 1) => { const a = new Float32Array(n); for (let i=0;i<n;i++) a[i] = k*(Math.random()*2-1)*1.7; return a; };
const enc = hyperfunction({ name: "enc", hpType: LoRAWeight.create({ outDim: H, inDim: I, bias: true }), optimizeHparams: true }, ({ x }: { x: tf.Tensor }, { hp }) => tf.relu(tf.matMul(x.reshape([1, -1]), hp.weight, false, true).add(hp.bias)));
const cls = hyperfunction({ name: "cls", hpType: LoRAWeight.create({ outDim: O, inDim: H, bias: true }), optimizeHparams: true }, ({ h }: { h: tf.Tensor }, { hp }) => tf.softmax(tf.matMul(h as tf.Tensor2D, hp.weight, false, true).add(hp.bias)));
const mode = process.argv[3] ?? "vectorised"; const read = process.argv[4] === "read";
class Net extends HyperSystem<{ x: tf.Tensor }, tf.Tensor> { async run({ x }: { x: tf.Tensor }) { const h = await enc({ x }); if (read) { const v = await h.data(); (globalThis as any).sink = v[0]; } return cls({ h }); } }
const net = new Net({ hyperfunctions: [enc, cls] });
const inputs = Array.from({ length: N }, () => ({ x: tf.tensor1d(rnd(I)) }));
const examples = inputs.map((i, k) => ({ inputs: i, expected: k % O }));
const metric: any = Object.assign((outs: tf.Tensor[]) => { let s = 0; for (const o of outs) s += o.dataSync()[0]!; return s / outs.length; }, { [Symbol.for("hyperfunc.batchedMetric")]: (out: tf.Tensor) => tf.slice(tf.reshape(out,[O]), 0, 1).squeeze() });
const leaves = new Map<string, LeafBatch>();
for (const [n, o, i] of [["enc", H, I], ["cls", O, H]] as const) { leaves.set(`${n}.hp.weight`, { kind: "lowRank", base: rnd(o*i, 1/Math.sqrt(i)), rank: 1, a: rnd(P*o, .05), b: rnd(P*i) }); leaves.set(`${n}.hp.bias`, { kind: "dense", values: rnd(P*o) }); }
const values = new Map([["enc", new Float32Array(H*I+H)], ["cls", new Float32Array(O*H+O)]]);
const population: Population = { size: P, base: { values, prompts: new Map(), demos: new Map() }, leaves };
const layouts = new Map([["enc", core.hyperfunctionLayout("enc", (enc as any).options.hpType)], ["cls", core.hyperfunctionLayout("cls", (cls as any).options.hpType)]]);
async function direct() { // seam only
  const session = tfjsTensorEngine.openPopulation(population, layouts, inputs); const scope = tfjsTensorEngine.openScope(undefined);
  const out = await core.runWithTensorScope(scope, async () => { const { x } = session.batchedInputs() as any; const h = enc.fn({ x }, { hp: session.hp("enc") } as any); return cls.fn({ h: h as any }, { hp: session.hp("cls") } as any); });
  const s = await session.score(out, metric, examples.map(e=>e.expected)); session.close(); scope.close(); return s!;
}
async function plain() { const rows: Float64Array = new Float64Array(P); for (let c=0;c<P;c++) { const st = core.candidateState(population, layouts, c); const hp: any = {}; for (const [n,l] of layouts) hp[n] = core.assembleHp(l, (leaf) => tfjsTensorEngine.hpTensor(leaf.field as any, st.values.get(n)!.subarray(leaf.offset, leaf.offset+leaf.size))); let s=0; for (const {x} of inputs) { const scope = tfjsTensorEngine.openScope(undefined); await core.runWithTensorScope(scope, async () => { const h = await enc.fn({ x }, { hp: hp.enc } as any); const y = await cls.fn({ h } as any, { hp: hp.cls } as any); s += (await (y as tf.Tensor).data())[0]!; }); scope.close(); } rows[c]=s/N; tf.dispose(hp); } return rows; }
async function time(name: string, f: () => Promise<any>, ms = 2000, min = 4) { const n0 = tf.memory().numTensors; for (let i=0;i<2;i++) await f(); const ts: number[] = []; const t0 = performance.now(); let r: any; while (performance.now()-t0 < ms || ts.length < min) { const t = performance.now(); r = await f(); ts.push(performance.now()-t); } ts.sort((a,b)=>a-b); console.log(`P=${P} N=${N} ${I}-${H}-${O}`, name.padEnd(22), `best ${ts[0]!.toFixed(2)} med ${ts[ts.length>>1]!.toFixed(2)} ms`, 'leak', tf.memory().numTensors-n0, [...r].slice(0,2).map((x:number)=>x?.toFixed(5))); }
if (mode === "plain") await time("plain loop", plain, 1000, 3);
else if (mode === "vectorised") await time("vectorised seam+score", direct);
else { const { wavefront } = await import("../src/population/testing/wavefront.js"); await time("wavefront "+(read?"read":""), async () => { const session = tfjsTensorEngine.openPopulation(population, layouts, inputs); const { rows } = await wavefront(session, [P, N], async ({ x }: any, call) => { const h = await call("enc", (i: any, hp) => enc.fn(i, { hp } as any), { x }) as tf.Tensor; if (read) { const v = await h.data(); (globalThis as any).sink = v[0]; } return call("cls", (i: any, hp) => cls.fn(i, { hp } as any), { h }); }); return rows.map(r => metric(r)); }); }
console.log(JSON.stringify(vmapReport()));
