import { type RingRecord, stableRing } from "@coterie/shard-engine";
import { describe, expect, test } from "vitest";
import { forceRing } from "./force-ring.ts";

const owners = ["a", "b", "c"].map((id) => ({ id, weight: 1, zone: "" }));
const stable = stableRing({ epoch: 7, partitions: 16, owners });
const joining: RingRecord = {
  ...stable,
  phase: "joining",
  next: [...owners, { id: "d", weight: 1, zone: "" }],
  change: {
    id: "00c0ffee00c0ffee",
    kind: "join",
    nodes: ["d"],
    acceptLoss: false,
    aborting: false,
    paused: false,
  },
};

describe("forcing a ring", () => {
  test.each([
    ["changes who decides, never who owns", stable, ["b", "c"], ["a"]],
    ["is how a register whose acceptors are all new begins again", stable, [], ["a", "b", "c"]],
    ["leaves a change on its way where it is", joining, ["b", "c"], ["a", "d"]],
  ])("%s", (_, record, gone, answering) => {
    expect(forceRing(record, gone, new Set(answering))).toEqual({
      type: "accepted",
      record: { ...record, epoch: 1_007 },
    });
  });

  test.each<[string, RingRecord, string[], string[]]>([
    ["e is not an owner: name owners only", stable, ["e"], ["a", "b", "c"]],
    ["b answers: only nodes that are gone are named", stable, ["b", "c"], ["a", "b"]],
    [
      "without an answer of b, c nothing is forced: start it, or name it if it is gone for good",
      stable,
      [],
      ["a", "e"],
    ],
    [
      "without an answer of d nothing is forced: start it, or name it if it is gone for good",
      joining,
      ["b", "c"],
      ["a"],
    ],
    ["no owner is left to decide on the ring", stable, ["a", "b", "c"], []],
  ])("is refused: %s", (reason, record, gone, answering) => {
    expect(forceRing(record, gone, new Set(answering))).toEqual({ type: "refused", reason });
  });
});
