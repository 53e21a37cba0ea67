import { type RecordedChange, type RingRecord, stableRing } from "@coterie/shard-engine";
import { describe, expect, test } from "vitest";
import { abortChange, pauseChange, resumeChange, throttleChange } from "./change-orders.ts";

const owners = ["a", "b"].map((id) => ({ id, weight: 1, zone: "" }));
const stable = stableRing({ epoch: 7, partitions: 16, owners });
const change: RecordedChange = {
  id: "00c0ffee00c0ffee",
  kind: "leave",
  nodes: ["b"],
  acceptLoss: false,
  aborting: false,
  paused: false,
};
const inPhase = (phase: RingRecord["phase"], flags: Partial<RecordedChange> = {}): RingRecord => ({
  ...stable,
  phase,
  next: owners.slice(0, 1),
  change: { ...change, ...flags },
});

describe("an operator's order to a change on its way", () => {
  test.each<[string, unknown, RingRecord]>([
    [
      "pausing keeps the phase",
      pauseChange(inPhase("joining")),
      inPhase("joining", { paused: true }),
    ],
    [
      "resuming goes on where it was",
      resumeChange(inPhase("switched", { paused: true }), false),
      inPhase("switched"),
    ],
    [
      "resuming may accept loss, of one that is not paused, too",
      resumeChange(inPhase("joining"), true),
      inPhase("joining", { acceptLoss: true }),
    ],
    [
      "a throttle holds from now on, paused or not",
      throttleChange(inPhase("joining", { paused: true }), 20_000_000),
      inPhase("joining", { paused: true, throttle: 20_000_000 }),
    ],
    [
      "and can be taken off",
      throttleChange(inPhase("joining", { throttle: 5 }), undefined),
      inPhase("joining"),
    ],
    [
      "from joining an abort leads straight to the old owners",
      abortChange(inPhase("joining")),
      stable,
    ],
    [
      "from switched it leads back through joining, paused or not [design §9.6]",
      abortChange(inPhase("switched", { paused: true })),
      inPhase("joining", { aborting: true }),
    ],
  ])("%s", (_, verdict, record) => {
    expect(verdict).toEqual({ type: "accepted", record: { ...record, epoch: 8 } });
  });

  test.each<[string, unknown]>([
    ["no ring change is in progress", pauseChange(stable)],
    ["no ring change is in progress", resumeChange(stable, true)],
    ["no ring change is in progress", abortChange(stable)],
    ["no ring change is in progress", throttleChange(stable, 5)],
    [
      "change 00c0ffee00c0ffee (leave b) has this throttle already",
      throttleChange(inPhase("joining", { throttle: 5 }), 5),
    ],
    [
      "change 00c0ffee00c0ffee (leave b) is paused already",
      pauseChange(inPhase("joining", { paused: true })),
    ],
    [
      "change 00c0ffee00c0ffee (leave b) is not paused",
      resumeChange(inPhase("joining", { acceptLoss: true }), true),
    ],
    [
      "change 00c0ffee00c0ffee (leave b) is being taken back already",
      abortChange(inPhase("joining", { aborting: true })),
    ],
    [
      "change 00c0ffee00c0ffee (leave b) is being taken back already",
      pauseChange(inPhase("joining", { aborting: true })),
    ],
  ])("refused: %s", (reason, verdict) => {
    expect(verdict).toEqual({ type: "refused", reason });
  });
});
