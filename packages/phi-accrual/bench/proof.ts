// Makes the README's table: how often a live peer is suspected, and how long a dead one is not, for
// each threshold and each kind of arrivals. The same seed gives the same table.
import { below, fraction, type Random, SeededRandom } from "@coterie/core";
import { PhiAccrual, type PhiAccrualOptions } from "../src/index.ts";

const THRESHOLDS = [1, 2, 3, 5, 8, 12];
const INTERVAL_MS = 1000;
const INTERVALS = 1_000_000;
const WARM_UP_MS = 300 * INTERVAL_MS;

function normal(random: Random, mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - fraction(random)));
  return mean + deviation * radius * Math.cos(2 * Math.PI * fraction(random));
}

function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - fraction(random));
}

/** Arrival times, endless and ascending. */
type Arrivals = (random: Random) => Generator<number>;

function* spaced(gap: () => number): Generator<number> {
  for (let atMs = 0; ; atMs += Math.max(1, gap())) yield atMs;
}

const normalArrivals: Arrivals = (random) => spaced(() => normal(random, INTERVAL_MS, 100));
const exponentialArrivals: Arrivals = (random) => spaced(() => exponential(random, INTERVAL_MS));

/** Heartbeats as above; on top of them, by turns of about 20 s, bursts of replies and nothing at all. */
function* burstyArrivals(random: Random): Generator<number> {
  let heartbeatMs = 0;
  let busy = false;
  let turnEndsMs = 0;
  for (;;) {
    const nextMs = heartbeatMs + Math.max(1, normal(random, INTERVAL_MS, 100));
    if (heartbeatMs >= turnEndsMs) {
      busy = !busy;
      turnEndsMs = heartbeatMs + exponential(random, 20_000);
    }
    yield heartbeatMs;
    let atMs = heartbeatMs;
    while (busy) {
      atMs += exponential(random, 150);
      const replies = 1 + below(random, 20);
      for (let i = 0; i < replies && atMs < nextMs; i++, atMs += exponential(random, 1)) yield atMs;
      if (atMs >= nextMs) break;
    }
    heartbeatMs = nextMs;
  }
}

interface Row {
  /** Per heartbeat interval of a peer that lives. */
  readonly falseSuspicions: number;
  /** From a crash at a random moment to the suspicion, in intervals: mean. */
  readonly detection: number;
}

/** A peer that lives for a million intervals; and, seen from random moments, one that has just died. */
function measure(arrivals: Arrivals, options: Partial<PhiAccrualOptions> = {}): Row[] {
  const random = new SeededRandom(2004);
  const crashes = random.fork();
  const detector = new PhiAccrual({ heartbeatIntervalMs: INTERVAL_MS, ...options });
  const suspicions = THRESHOLDS.map(() => 0);
  const detectionMs = THRESHOLDS.map(() => 0);
  let crashCount = 0;
  let nextCrashMs = WARM_UP_MS;
  for (const atMs of arrivals(random)) {
    if (atMs > WARM_UP_MS) {
      const highest = detector.phi(atMs);
      for (const [i, threshold] of THRESHOLDS.entries())
        if (highest >= threshold) suspicions[i]! += 1;
      for (; nextCrashMs < atMs; nextCrashMs += exponential(crashes, 300 * INTERVAL_MS)) {
        crashCount++;
        for (const [i, threshold] of THRESHOLDS.entries())
          detectionMs[i]! += Math.max(0, suspectedAt(detector, threshold) - nextCrashMs);
      }
    }
    detector.heartbeat(atMs);
    if (atMs > WARM_UP_MS + INTERVALS * INTERVAL_MS) break;
  }
  return THRESHOLDS.map(
    (_, i): Row => ({
      falseSuspicions: suspicions[i]! / INTERVALS,
      detection: detectionMs[i]! / crashCount / INTERVAL_MS,
    }),
  );
}

function suspectedAt(detector: PhiAccrual, threshold: number): number {
  let low = detector.lastArrivalMs!;
  let high = low + 100 * INTERVAL_MS;
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (detector.phi(middle) >= threshold) high = middle;
    else low = middle;
  }
  return high;
}

/** As a detector would be that takes every arrival for a heartbeat and believes what it sees. */
const WITHOUT_RULES: Partial<PhiAccrualOptions> = {
  heartbeatIntervalMs: 1,
  minDeviationMs: 0.001,
  sampleSpacingMs: 0,
  outageMs: 10 * INTERVAL_MS,
};

const columns: [title: string, rows: Row[]][] = [
  ["normal, model alone", measure(normalArrivals, { minDeviationMs: 0.001 })],
  ["normal", measure(normalArrivals)],
  ["exponential", measure(exponentialArrivals)],
  ["bursty", measure(burstyArrivals)],
  ["bursty, without the rules", measure(burstyArrivals, WITHOUT_RULES)],
];

console.log(`| phi ≥ | ${columns.map(([title]) => title).join(" | ")} |`);
console.log(`|--:|${columns.map(() => "--:|").join("")}`);
for (const [i, threshold] of THRESHOLDS.entries()) {
  const cells = columns.map(([, rows]) => {
    const { falseSuspicions, detection } = rows[i]!;
    const rate = falseSuspicions === 0 ? "0" : falseSuspicions.toExponential(1);
    return `${rate} · ${detection.toFixed(1)}`;
  });
  console.log(`| ${threshold} | ${cells.join(" | ")} |`);
}
