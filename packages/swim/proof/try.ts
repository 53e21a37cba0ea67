import { churn } from "./churn.ts";
const t0=Date.now(); let h=0; const conv: number[]=[]; let bad=0;
const hours=Number(process.argv[4]??5);
for (let s=Number(process.argv[2]??1); s<=Number(process.argv[3]??20); s++) { const r=churn(s,hours); h+=r.virtualMs/3.6e6; conv.push(...r.convergenceMs);
 if (r.violations.length) { bad++; console.log(r.members, r.violations.slice(0,3)); } }
conv.sort((a,b)=>a-b);
console.log(h.toFixed(0),"h", (Date.now()-t0)/1000,"s", conv.length, "conv p50/p90/p99/max", [0.5,0.9,0.99,1].map(q=>conv[Math.min(conv.length-1,Math.floor(q*conv.length))]!/1000), "bad",bad);
