import { describe, expect, test } from "vitest";
import { Explorer } from "../explore/explorer.ts";
import type { Condition, Setting } from "../explore/setting.ts";
import { ABORTED, AGAIN, DELETED, LEAVE, LEFTOVER, SHRUNK } from "../explore/settings.ts";

describe("every interleaving of a ring change with clients, for the shipped steps", () => {
  test("what is acknowledged is found by every later read, whoever lags", () => {
    const verdict = new Explorer(LEAVE).run();
    expect(verdict.violation).toBeUndefined();
    expect(verdict.histories).toContain("stable → joining → switched → stable");
    expect(verdict.states).toBe(20_705);
  });

  test("so it is when a delete follows the write", () => {
    expect(new Explorer(DELETED).run().violation).toBeUndefined();
  });

  test("so it is when the change is taken back, at any moment", () => {
    const { violation, histories } = new Explorer(ABORTED).run();
    expect(violation).toBeUndefined();
    expect(histories).toContain("stable → joining → stable");
    expect(histories).toContain("stable → joining → switched → joining, on the way back, → stable");
  });

  test("what a gainer held long ago does not come back", () => {
    expect(new Explorer(LEFTOVER).run().violation).toBeUndefined();
  });
});

/** The names in a run that is told with `alike` are mixed up, and the run is found sooner. */
const plainly = (setting: Setting): Setting => ({ ...setting, alike: undefined });

const BEGUN_AGAIN: Setting = { ...AGAIN, aborts: 1, already: ["begins", "aborts", "begins"] };

describe("each condition of design §9 is needed: without it a run is found in which a read is wrong", () => {
  test.each<[Condition, Setting]>([
    ["writes reach the new owners while joining", plainly(LEAVE)],
    ["writes reach the old owners while switched", plainly(LEAVE)],
    ["reads ask the old owners while joining", plainly(LEAVE)],
    ["every gainer scans, named by the change or not", plainly(LEAVE)],
    ["N - wMin + 1 sources are scanned", plainly(LEAVE)],
    ["owners that stay scan when there are fewer than N", { ...SHRUNK, already: ["begins"] }],
    ["a source is scanned in joining", plainly(LEAVE)],
    ["a gainer scans in joining", plainly(LEAVE)],
    ["scans of another change count for nothing", BEGUN_AGAIN],
    ["a gainer discards leftovers first", plainly(LEFTOVER)],
    ["N - rMin + 1 old owners know of the switch", plainly(LEAVE)],
    ["N - rMin + 1 new owners know of the way back", ABORTED],
    ["the epoch is compared when the row is written", LEAVE],
    ["the epoch is compared at all", plainly(LEAVE)],
    ["answers under another epoch count for nothing", BEGUN_AGAIN],
    ["a phase is durable before it is served", LEAVE],
    ["losers keep their rows until the ring is stable", ABORTED],
    ["the record is one register", { ...ABORTED, already: ["begins", "aborts"] }],
  ])("%s", (without, setting) => {
    const { violation } = new Explorer({ ...setting, without }).run();
    expect(violation?.at(-1)).toMatch(/answers the read: (nothing|the value)$/);
  });
});
