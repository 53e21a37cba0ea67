import { type RingRecord, stableRing } from "@coterie/shard-engine";
import { describe, expect, test } from "vitest";
import { beginChange, type ChangeRequest, type ChangeScene } from "./begin-change.ts";

const owner = (id: string, weight = 1, zone = "") => ({ id, weight, zone });
const ring = stableRing({
  epoch: 7,
  partitions: 16,
  owners: [owner("a"), owner("b", 2, "north"), owner("c")],
  removed: ["x"],
});
const scene: ChangeScene = {
  id: "00c0ffee00c0ffee",
  acceptLoss: false,
  members: new Map([
    ["a", true],
    ["b", false],
    ["c", true],
    ["d", true],
    ["e", false],
    ["x", true],
  ]),
};

describe("a change that can be", () => {
  test.each<[string, ChangeRequest, string[], RingRecord["next"]]>([
    [
      "several nodes join at once, each with its weight and zone",
      { kind: "join", nodes: [owner("d", 3, "south")] },
      ["d"],
      [owner("a"), owner("b", 2, "north"), owner("c"), owner("d", 3, "south")],
    ],
    ["an owner leaves", { kind: "leave", nodes: ["b"] }, ["b"], [owner("a"), owner("c")]],
    [
      "a member takes the place, the weight and the zone of one that will not come back",
      { kind: "replace", old: "b", by: "d" },
      ["b", "d"],
      [owner("a"), owner("c"), { ...owner("d", 2, "north"), seat: "b" }],
    ],
    [
      "an owner that is dead is removed",
      { kind: "remove", nodes: ["b"] },
      ["b"],
      [owner("a"), owner("c")],
    ],
    [
      "an owner comes to hold more",
      { kind: "weight", node: "a", weight: 4 },
      ["a"],
      [owner("a", 4), owner("b", 2, "north"), owner("c")],
    ],
  ])("%s", (_, request, nodes, next) => {
    expect(beginChange(ring, request, scene)).toEqual({
      type: "accepted",
      record: {
        ...ring,
        epoch: 8,
        phase: "joining",
        next,
        change: {
          id: "00c0ffee00c0ffee",
          kind: request.kind,
          nodes,
          acceptLoss: false,
          aborting: false,
          paused: false,
        },
      },
    });
  });

  test("a dead member that owns nothing is refused from now on, with nothing to copy", () => {
    expect(beginChange(ring, { kind: "remove", nodes: ["e"] }, scene)).toEqual({
      type: "accepted",
      record: { ...ring, epoch: 8, removed: ["e", "x"] },
    });
  });
});

describe("a change that cannot be is refused with the reason", () => {
  test.each<[string, ChangeRequest]>([
    ["name at least one node", { kind: "join", nodes: [] }],
    ["d is named twice", { kind: "join", nodes: [owner("d"), owner("d")] }],
    ["a is an owner already", { kind: "join", nodes: [owner("a")] }],
    ["f is not a member: start it with --join first", { kind: "join", nodes: [owner("f")] }],
    ["e does not answer: start it before it is to own data", { kind: "join", nodes: [owner("e")] }],
    [
      "x was removed for ever: give the node an empty directory and another id",
      { kind: "join", nodes: [owner("x")] },
    ],
    [
      'The weight of "d" must be an integer from 1 to 100, not 0.',
      { kind: "join", nodes: [owner("d", 0)] },
    ],
    ["d owns nothing", { kind: "leave", nodes: ["d"] }],
    ["f is not an owner: `coterie ring` lists them", { kind: "leave", nodes: ["f"] }],
    [
      "the last owner cannot go: the data would be nowhere",
      { kind: "leave", nodes: ["a", "b", "c"] },
    ],
    [
      "of the 2 owners that there would be too few answer for the ring to change ever again: start b first, or replace or remove what is gone",
      { kind: "leave", nodes: ["a"] },
    ],
    [
      "a is alive, and would be refused for ever: let it leave, or stop it first",
      { kind: "remove", nodes: ["a"] },
    ],
    [
      "the node that was asked knows no f: `coterie members` lists whom it knows",
      { kind: "remove", nodes: ["f"] },
    ],
    ["x was removed already", { kind: "remove", nodes: ["x"] }],
    [
      "a is alive, and would be refused for ever: let it leave, or stop it first",
      { kind: "replace", old: "a", by: "d" },
    ],
    ["c is an owner already", { kind: "replace", old: "b", by: "c" }],
    ["nothing would change", { kind: "weight", node: "b", weight: 2 }],
    [
      'The weight of "b" must be an integer from 1 to 100, not 101.',
      { kind: "weight", node: "b", weight: 101 },
    ],
  ])("%s", (reason, request) => {
    expect(beginChange(ring, request, scene)).toEqual({ type: "refused", reason });
  });

  test("another one is in progress", () => {
    const begun = beginChange(ring, { kind: "join", nodes: [owner("d")] }, scene);
    if (begun.type !== "accepted") throw new Error(begun.reason);
    expect(beginChange(begun.record, { kind: "leave", nodes: ["a"] }, scene)).toEqual({
      type: "refused",
      reason:
        "change 00c0ffee00c0ffee (join d) is in progress: wait for it, or take it back with `coterie ring abort`",
    });
  });
});
