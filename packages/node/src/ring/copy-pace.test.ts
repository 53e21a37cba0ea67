import { describe, expect, test } from "vitest";
import { CopyPace, yieldMs } from "./copy-pace.ts";

describe("a copy that yields", () => {
  test.each([
    ["does not rest where nobody waits", 5, 20, 0],
    ["rests as long as it worked where others wait twice as long as usual", 5, 40, 5],
    ["leaves most to clients of a busy node", 5, 120, 25],
    ["never leaves them everything", 5, 60_000, 40],
    ["rests a second at most", 800, 60_000, 1_000],
  ])("%s", (_, tookMs, slowMs, restMs) => {
    expect(yieldMs(tookMs, slowMs)).toBe(restMs);
  });
});

describe("a throttle", () => {
  test("makes many copies together pay for what they have fetched, bytes by bytes", () => {
    const pace = new CopyPace(0);
    pace.spend(600, 1_000, 0);
    pace.spend(400, 1_000, 0);
    expect(pace.debtMs(1_000, 0)).toBe(1_000);
    expect(pace.debtMs(1_000, 750)).toBe(250);
    expect(pace.debtMs(1_000, 1_000)).toBe(0);
  });

  test("that is raised shortens what is owed", () => {
    const pace = new CopyPace(0);
    pace.spend(1_000, 100, 0);
    expect(pace.debtMs(100, 0)).toBe(10_000);
    expect(pace.debtMs(1_000, 0)).toBe(1_000);
  });

  test("saves up next to nothing while it is not used", () => {
    const pace = new CopyPace(0);
    pace.spend(1_100, 1_000, 3_600_000);
    expect(pace.debtMs(1_000, 3_600_000)).toBe(1_000);
  });

  test("that comes later is owed nothing of what was fetched without one", () => {
    const pace = new CopyPace(0);
    pace.spend(1_000_000, undefined, 5);
    expect(pace.debtMs(1_000, 5)).toBe(0);
  });
});
