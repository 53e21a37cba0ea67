import { detection, lockstepRounds, expectedRounds } from "./detection.ts";
import { traffic, dissemination } from "./traffic.ts";
import { halves } from "./healing.ts";
import { underPauses } from "./false-positives.ts";
import { plainSwim } from "../src/config.ts";
const what = process.argv[2]; const sizes = (process.argv[3] ?? "8,32,128").split(",").map(Number);
for (const n of sizes) { const t=Date.now(); let r: unknown;
 if (what==="detection") r = detection(n, 200, 1);
 if (what==="lockstep") r = [lockstepRounds(n, 200, 1), expectedRounds(n)];
 if (what==="traffic") r = [traffic(n, 120, 1), dissemination(n, 20, 1)];
 if (what==="halves") r = halves(n, 1);
 if (what==="pauses") r = [plainSwim, {forgiveOwnPauses:false}, {}].map(c => underPauses(n, 4, 1, c, 1));
 console.log(n, r, (Date.now()-t)/1000, "s"); }
