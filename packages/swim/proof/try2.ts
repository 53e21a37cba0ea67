import { churn } from "./churn.ts";
import { SwimSimulation } from "../src/testing.ts";
const proto = SwimSimulation.prototype as any; let last: any;
const run = proto.run; proto.run = function (ms: number) { last = this; return run.call(this, ms); };
const r = churn(Number(process.argv[2]), 5);
console.log(r.violations);
for (const p of last.processes) { console.log(p.id, p.address, p.swim.self?.state, p.swim.self?.incarnation, "|", p.swim.members.map((m: any) => `${m.id}@${m.address}:${m.state}${m.incarnation}`).join(" ")); }
