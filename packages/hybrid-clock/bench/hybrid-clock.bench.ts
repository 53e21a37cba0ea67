// What a stamp costs beside reading the wall clock. `pnpm build`, then `pnpm bench`.
import { ByteWriter, systemClock } from "@coterie/core";
import { encodeStamp, HybridClock } from "@coterie/hybrid-clock";

let sink: unknown;

function nanoseconds(work: () => unknown): string {
  const round = (runs: number): number => {
    const begun = performance.now();
    for (let i = 0; i < runs; i++) sink = work();
    return ((performance.now() - begun) * 1e6) / runs;
  };
  round(100_000);
  return Math.min(...Array.from({ length: 25 }, () => round(20_000))).toFixed(0);
}

const clock = new HybridClock({ clock: systemClock, maxDriftMs: 1_000 });
const row = clock.now();
const context = clock.now();
const writer = (): ByteWriter => new ByteWriter(8);

console.log(`systemClock.nowMs    ${nanoseconds(() => systemClock.nowMs())} ns`);
console.log(`now                  ${nanoseconds(() => clock.now())} ns`);
console.log(`mintAbove two stamps ${nanoseconds(() => clock.mintAbove(row, context))} ns`);
console.log(`observe              ${nanoseconds(() => clock.observe(row))} ns`);
console.log(`encodeStamp          ${nanoseconds(() => encodeStamp(writer(), row))} ns`);
if (sink === clock) throw new Error("nothing was measured");
