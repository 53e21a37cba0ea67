import { fraction, SeededRandom } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PhiAccrual } from "./phi-accrual.ts";

/** A peer heard every second for two minutes, give or take `jitterMs`. */
function steady(options: Partial<{ minDeviationMs: number; jitterMs: number }> = {}) {
  const { jitterMs = 0, ...rest } = options;
  const detector = new PhiAccrual({ heartbeatIntervalMs: 1000, ...rest });
  const random = new SeededRandom(1);
  let nowMs = 0;
  for (let i = 0; i < 120; i++) {
    nowMs = i * 1000 + jitterMs * (2 * fraction(random) - 1);
    detector.heartbeat(nowMs);
  }
  return { detector, lastMs: nowMs };
}

/** How long the peer must be silent before phi reaches `threshold`, to a millisecond. */
function silenceUntil(detector: PhiAccrual, threshold: number): number {
  for (let silenceMs = 0; ; silenceMs++) {
    if (detector.phi(detector.lastArrivalMs! + silenceMs) >= threshold) return silenceMs;
  }
}

describe("PhiAccrual", () => {
  test("before the first arrival nothing is suspected", () => {
    const detector = new PhiAccrual({ heartbeatIntervalMs: 1000 });
    expect(detector.phi(1e9)).toBe(0);
    expect(detector.lastArrivalMs).toBeUndefined();
  });

  test("one arrival is enough to suspect a peer that then falls silent", () => {
    const detector = new PhiAccrual({ heartbeatIntervalMs: 1000 });
    detector.heartbeat(0);
    expect(detector.phi(500)).toBeLessThan(0.1);
    expect(detector.phi(1000)).toBeCloseTo(Math.log10(2), 6);
    expect(detector.phi(2500)).toBeGreaterThan(8);
  });

  test("[Hayashibara §4.1] phi = 1, 2, 3 stand for errors of 10 %, 1 % and 0.1 %", () => {
    const { detector, lastMs } = steady();
    const deviations = [1.2815515655446004, 2.3263478740408408, 3.090232306167813];
    for (const [i, z] of deviations.entries()) {
      expect(detector.phi(lastMs + detector.meanMs + z * detector.deviationMs)).toBeCloseTo(
        i + 1,
        9,
      );
    }
  });

  test("phi never falls while the peer is silent, and stays a number for centuries", () => {
    const { detector, lastMs } = steady();
    const silence = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(silence, fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (silenceMs, moreMs) => {
        const before = detector.phi(lastMs + silenceMs);
        const after = detector.phi(lastMs + silenceMs + moreMs);
        expect(after).toBeGreaterThanOrEqual(before);
        expect(Number.isFinite(after)).toBe(true);
      }),
    );
  });

  test("an absurd silence is capped, not infinite", () => {
    const { detector } = steady({ minDeviationMs: 0.001 });
    expect(detector.phi(1e300)).toBe(Number.MAX_VALUE);
  });

  test("an arrival ends the suspicion", () => {
    const { detector, lastMs } = steady();
    expect(detector.phi(lastMs + 9_000)).toBeGreaterThan(100);
    detector.heartbeat(lastMs + 9_000);
    expect(detector.phi(lastMs + 9_100)).toBeLessThan(0.2);
  });

  test("irregular arrivals are waited for longer than regular ones", () => {
    const regular = steady({ jitterMs: 10 }).detector;
    const irregular = steady({ jitterMs: 900 }).detector;
    expect(silenceUntil(irregular, 8)).toBeGreaterThan(1.3 * silenceUntil(regular, 8));
  });

  test("a peer that beats more slowly than it promised is learnt", () => {
    const detector = new PhiAccrual({ heartbeatIntervalMs: 1000, windowSize: 50 });
    for (let i = 0; i < 60; i++) detector.heartbeat(i * 3000);
    expect(detector.meanMs).toBeCloseTo(3000, 6);
    expect(detector.phi(59 * 3000 + 3000)).toBeLessThan(0.5);
  });

  test("the acceptable pause delays every suspicion by as much", () => {
    const plain = new PhiAccrual({ heartbeatIntervalMs: 1000 });
    const patient = new PhiAccrual({ heartbeatIntervalMs: 1000, acceptablePauseMs: 700 });
    plain.heartbeat(0);
    patient.heartbeat(0);
    expect(patient.phi(2700)).toBeCloseTo(plain.phi(2000), 9);
  });

  test("a burst of replies refreshes the peer and leaves the rhythm as it was", () => {
    const { detector, lastMs } = steady({ jitterMs: 700 });
    const before = silenceUntil(detector, 8);
    for (let i = 1; i <= 100_000; i++) detector.heartbeat(lastMs + i / 1000);
    expect(detector.lastArrivalMs).toBe(lastMs + 100);
    expect(silenceUntil(detector, 8)).toBe(before);
  });

  test("when a long stretch of dense traffic ends, waiting for heartbeats raises no alarm", () => {
    const detector = new PhiAccrual({ heartbeatIntervalMs: 1000 });
    for (let nowMs = 0; nowMs <= 600_000; nowMs += 2) detector.heartbeat(nowMs);
    expect(detector.phi(601_000)).toBeLessThan(1);
    expect(detector.phi(603_000)).toBeGreaterThan(8);
  });

  test("a long outage does not blind the detector afterwards", () => {
    const { detector, lastMs } = steady();
    for (let i = 0; i < 10; i++) detector.heartbeat(lastMs + 8 * 3_600_000 + i * 1000);
    expect(silenceUntil(detector, 8)).toBeLessThan(7_000);
  });

  test("a clock that steps back neither throws nor accuses", () => {
    const { detector, lastMs } = steady();
    detector.heartbeat(lastMs - 50_000);
    expect(detector.lastArrivalMs).toBe(lastMs);
    expect(detector.phi(lastMs - 50_000)).toBeLessThan(0.1);
  });

  test("options that cannot be meant are refused", () => {
    for (const options of [
      { heartbeatIntervalMs: 0 },
      { heartbeatIntervalMs: Number.NaN },
      { heartbeatIntervalMs: 1000, minDeviationMs: 0 },
      { heartbeatIntervalMs: 1000, acceptablePauseMs: -1 },
      { heartbeatIntervalMs: 1000, windowSize: 1 },
      { heartbeatIntervalMs: 1000, outageMs: 10 },
    ]) {
      expect(() => new PhiAccrual(options)).toThrow();
    }
  });
});
