import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../src/backend/use-backend.js";
import "@tensorflow/tfjs-backend-wasm";
const orig = tf.getKernel("BatchMatMul","wasm").kernelFunc as any;
await useBackend("wasm");
const mine = tf.getKernel("BatchMatMul","wasm").kernelFunc as any; const backend = tf.backend() as any;
for (const [m,k,n] of [[1,64,64],[4,64,64],[16,64,64],[64,64,64],[1,512,512],[4,512,512],[16,512,512],[1,196,64],[1,64,10],[16,64,10],[64,64,10],[8,200,200]]) {
  const a = tf.randomNormal([m!,k!]), b = tf.randomNormal([n!,k!]), at = tf.randomNormal([k!,m!]), bn = tf.randomNormal([k!,n!]);
  const t = (f: any, x: any, y: any, attrs: any) => { let best=1e9; for (let r=0;r<40;r++){ const t0=performance.now(); for(let i=0;i<20;i++){ const o=f({inputs:{a:x,b:y},attrs,backend}); backend.disposeData(o.dataId);} best=Math.min(best,(performance.now()-t0)/20);} return (best*1e3).toFixed(1); };
  const NT={transposeA:false,transposeB:true}, TN={transposeA:true,transposeB:false}, NN={transposeA:false,transposeB:false};
  console.log(m,k,n,'NT orig',t(orig,a,b,NT),'mine',t(mine,a,b,NT),'| TN orig',t(orig,at,bn,TN),'mine',t(mine,at,bn,TN),'| NN',t(orig,a,bn,NN), 'us');
}
