// What watching one peer costs: a heartbeat, and a question.
import { PhiAccrual } from "../src/index.ts";

const ROUNDS = 2_000_000;

function measure(title: string, work: (round: number) => void): void {
  for (let round = 0; round < ROUNDS / 10; round++) work(round);
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) work(round);
  const nanoseconds = ((performance.now() - startMs) * 1e6) / ROUNDS;
  console.log(`${title.padEnd(34)} ${nanoseconds.toFixed(0).padStart(5)} ns`);
}

const detector = new PhiAccrual({ heartbeatIntervalMs: 1000 });
let nowMs = 0;
measure("heartbeat that becomes a sample", (round) => {
  nowMs += 900 + (round % 200);
  detector.heartbeat(nowMs);
});
measure("arrival that only ends a silence", () => {
  nowMs += 0.0001;
  detector.heartbeat(nowMs);
});
let sum = 0;
measure("phi of a peer just heard", (round) => {
  sum += detector.phi(nowMs + (round % 1000));
});
measure("phi of a silent peer", (round) => {
  sum += detector.phi(nowMs + 5000 + (round % 1000));
});
if (!Number.isFinite(sum)) throw new Error("phi is a number");
