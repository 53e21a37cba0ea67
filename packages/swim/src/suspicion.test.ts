import { describe, expect, test } from "vitest";
import { swimConfig } from "./config.ts";
import { Suspicions, suspicionTimeoutMs } from "./suspicion.ts";

describe("suspicionTimeoutMs", () => {
  test.each([
    [0, 6_000],
    [1, 3_500],
    [2, 2_038],
    [3, 1_000],
    [9, 1_000],
  ])(
    "[Lifeguard §IV.B] %i of 3 confirmations leave %i ms of 1,000 to 6,000",
    (confirmations, ms) => {
      expect(Math.round(suspicionTimeoutMs(1_000, 6_000, confirmations, 3))).toBe(ms);
    },
  );

  test("is the minimum at once when nobody could confirm", () => {
    expect(suspicionTimeoutMs(1_000, 6_000, 0, 0)).toBe(1_000);
  });
});

describe("Suspicions", () => {
  const config = swimConfig({});

  test("[Lifeguard §IV.B] the minimum grows with the logarithm of the members, the maximum is β times it", () => {
    const suspicions = new Suspicions(config);
    suspicions.start("x", "a", 1_000, 0);
    expect(suspicions.deadlineMs).toBeCloseTo(6 * 4 * 3 * 1_000);
    suspicions.start("x", "a", 5, 0);
    expect(suspicions.deadlineMs).toBe(6 * 4 * 1_000);
  });

  test("[Lifeguard §IV.B] independent accusers shorten it, the first K of them, each once", () => {
    const suspicions = new Suspicions(config);
    suspicions.start("x", "a", 10, 0);
    const ends = [suspicions.deadlineMs];
    const taken = ["b", "a", "b", "c", "d", "e"].map((accuser) => {
      const isNew = suspicions.confirm("x", accuser);
      ends.push(suspicions.deadlineMs);
      return isNew;
    });
    expect(taken).toEqual([true, false, false, true, true, false]);
    expect(ends.map(Math.round)).toEqual([24_000, 14_000, 14_000, 14_000, 8_150, 4_000, 4_000]);
  });

  test("with fewer members than accusers wanted, all that can accuse are enough", () => {
    const suspicions = new Suspicions(config);
    suspicions.start("x", "a", 3, 0);
    suspicions.confirm("x", "b");
    expect(suspicions.deadlineMs).toBe(4_000);
  });

  test("what has run out is named once; what was stopped is not", () => {
    const suspicions = new Suspicions(config);
    suspicions.start("x", "a", 3, 0);
    suspicions.start("y", "a", 3, 0);
    suspicions.start("z", "a", 3, 5_000);
    suspicions.stop("y");
    expect(suspicions.expired(23_999)).toEqual([]);
    expect(suspicions.expired(24_000)).toEqual(["x"]);
    expect(suspicions.expired(24_000)).toEqual([]);
    expect(suspicions.deadlineMs).toBe(29_000);
  });

  test("a standstill gives the suspects the time back", () => {
    const suspicions = new Suspicions(config);
    suspicions.start("x", "a", 3, 0);
    suspicions.postpone(10_000);
    expect(suspicions.deadlineMs).toBe(34_000);
  });

  test("nobody suspected, no deadline", () => {
    expect(new Suspicions(config).deadlineMs).toBe(Number.POSITIVE_INFINITY);
    expect(new Suspicions(config).confirm("x", "a")).toBe(false);
  });
});
