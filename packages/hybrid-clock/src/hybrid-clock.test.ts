import { VirtualTime } from "@coterie/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareStamps, type HlcStamp, ZERO_STAMP } from "./hlc-stamp.ts";
import { HybridClock } from "./hybrid-clock.ts";

const START_MS = 1_000_000;

function clockAt(maxDriftMs = 500): { time: VirtualTime; clock: HybridClock } {
  const time = new VirtualTime(START_MS);
  return { time, clock: new HybridClock({ clock: time, maxDriftMs }) };
}

describe("now [Kulkarni 2014]", () => {
  test("a stamp is wall time while that moves on, and counts up while it stands still", () => {
    const { time, clock } = clockAt();
    expect(clock.now()).toEqual({ wallMs: START_MS, logical: 0 });
    expect(clock.now()).toEqual({ wallMs: START_MS, logical: 1 });
    time.advance(3);
    expect(clock.now()).toEqual({ wallMs: START_MS + 3, logical: 0 });
  });

  test("when wall time jumps back stamps go on from where they were", () => {
    const { time, clock } = clockAt();
    clock.now();
    time.jumpWallMs(-60_000);
    expect(clock.now()).toEqual({ wallMs: START_MS, logical: 1 });
  });

  test("fractions of a millisecond of wall time are dropped", () => {
    const clock = new HybridClock({ clock: { nowMs: () => 7.9 }, maxDriftMs: 0 });
    expect(clock.now()).toEqual({ wallMs: 7, logical: 0 });
    expect(clock.mintAbove()).toEqual({ type: "stamp", stamp: { wallMs: 7, logical: 1 } });
  });

  test("a full logical part moves the milliseconds on by one and never wraps", () => {
    const { time, clock } = clockAt();
    clock.observe({ wallMs: START_MS, logical: 0xfffe });
    expect(clock.now()).toEqual({ wallMs: START_MS, logical: 0xffff });
    expect(clock.now()).toEqual({ wallMs: START_MS + 1, logical: 0 });
    time.advance(1);
    expect(clock.now()).toEqual({ wallMs: START_MS + 1, logical: 1 });
  });
});

describe("mintAbove", () => {
  test("a stamp is above the clock and above each stamp it is given", () => {
    const { clock } = clockAt();
    const row = { wallMs: START_MS + 20, logical: 4 };
    expect(clock.mintAbove({ wallMs: START_MS + 9, logical: 9 }, row)).toEqual({
      type: "stamp",
      stamp: { wallMs: START_MS + 20, logical: 5 },
    });
    expect(clock.now()).toEqual({ wallMs: START_MS + 20, logical: 6 });
  });

  test("stamps of the past change nothing", () => {
    const { clock } = clockAt();
    expect(clock.mintAbove({ wallMs: START_MS - 9, logical: 9 }, ZERO_STAMP)).toEqual({
      type: "stamp",
      stamp: { wallMs: START_MS, logical: 0 },
    });
  });

  test("up to the drift it mints, beyond it refuses, says by how much, and is as before", () => {
    const { clock } = clockAt(500);
    const limit = { wallMs: START_MS + 500, logical: 0xfffe };
    expect(clock.mintAbove({ wallMs: START_MS + 501, logical: 0 })).toEqual({
      type: "drift",
      aheadMs: 501,
    });
    expect(clock.last).toEqual(ZERO_STAMP);
    expect(clock.mintAbove(limit).type).toBe("stamp");
    // The last logical value is taken, and the next stamp would carry over the limit.
    expect(clock.mintAbove()).toEqual({ type: "drift", aheadMs: 501 });
    expect(clock.now()).toEqual({ wallMs: START_MS + 501, logical: 0 });
  });

  test("after a jump back by more than the drift it refuses until wall time has caught up", () => {
    const { time, clock } = clockAt(500);
    clock.now();
    time.jumpWallMs(-800);
    expect(clock.mintAbove()).toEqual({ type: "drift", aheadMs: 800 });
    time.advance(300);
    expect(clock.mintAbove().type).toBe("stamp");
  });
});

describe("observe", () => {
  test("what is minted after it is later than what was observed", () => {
    const { clock } = clockAt();
    clock.observe({ wallMs: START_MS + 400, logical: 7 });
    expect(clock.now()).toEqual({ wallMs: START_MS + 400, logical: 8 });
  });

  test("a stamp further ahead than the drift is not adopted", () => {
    const { clock } = clockAt(500);
    clock.observe({ wallMs: START_MS + 501, logical: 0 });
    expect(clock.now()).toEqual({ wallMs: START_MS, logical: 0 });
  });

  test("an earlier stamp is not adopted", () => {
    const { clock } = clockAt();
    const given = clock.now();
    clock.observe({ wallMs: START_MS, logical: 0 });
    clock.observe({ wallMs: START_MS - 1, logical: 99 });
    expect(clock.last).toEqual(given);
  });
});

test("whatever is observed and however wall time jumps, each stamp is later than all before", () => {
  const foreign = fc.record({
    wallMs: fc.integer({ min: START_MS - 900, max: START_MS + 900 }),
    logical: fc.constantFrom(0, 1, 0xfffe, 0xffff),
  });
  const act = fc.oneof(
    fc.record({ type: fc.constant("now" as const) }),
    fc.record({ type: fc.constant("mint" as const), above: fc.array(foreign, { maxLength: 3 }) }),
    fc.record({ type: fc.constant("observe" as const), stamp: foreign }),
    fc.record({ type: fc.constant("jump" as const), byMs: fc.integer({ min: -300, max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const { time, clock } = clockAt(200);
      let last = ZERO_STAMP;
      const later = (stamp: HlcStamp): void => {
        expect(compareStamps(stamp, last)).toBeGreaterThan(0);
        expect(stamp.logical).toBeLessThanOrEqual(0xffff);
        expect(stamp.wallMs).toBeGreaterThanOrEqual(time.nowMs());
        last = stamp;
      };
      for (const step of acts) {
        if (step.type === "now") later(clock.now());
        if (step.type === "jump") time.jumpWallMs(step.byMs);
        if (step.type === "observe") {
          const adopted = step.stamp.wallMs <= time.nowMs() + 200;
          clock.observe(step.stamp);
          if (adopted) expect(compareStamps(clock.last, step.stamp)).toBeGreaterThanOrEqual(0);
          last = clock.last;
        }
        if (step.type === "mint") {
          const minted = clock.mintAbove(...step.above);
          if (minted.type === "stamp") {
            later(minted.stamp);
            for (const floor of step.above) {
              expect(compareStamps(minted.stamp, floor)).toBeGreaterThan(0);
            }
            expect(minted.stamp.wallMs - time.nowMs()).toBeLessThanOrEqual(200);
          } else {
            expect(minted.aheadMs).toBeGreaterThan(200);
          }
        }
        expect(clock.last).toEqual(last);
      }
    }),
    { numRuns: 300 },
  );
});
