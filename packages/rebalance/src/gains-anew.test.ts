import { type RingRecord, RingView, stableRing } from "@coterie/shard-engine";
import { expect, test } from "vitest";
import { gainsAnew } from "./gains-anew.ts";

const owners = (...ids: string[]) => ids.map((id) => ({ id, weight: 1, zone: "" }));
const abc = stableRing({ epoch: 1, partitions: 4, owners: owners("a", "b", "c") });

/** d takes the place of a. */
function replacing(id: string, phase: RingRecord["phase"] = "joining"): RingView {
  const change = { id: id.padStart(16, "0"), kind: "leave", nodes: ["a"] } as const;
  const flags = { acceptLoss: false, aborting: false, paused: false };
  const next = owners("b", "c", "d");
  return new RingView({ ...abc, phase, next, change: { ...change, ...flags } });
}

const stable = new RingView(abc);

test.each<[string, boolean, RingView, RingView, string]>([
  ["who held nothing discards when it begins to gain", true, stable, replacing("1"), "d"],
  ["who owns the partition already keeps it", false, stable, replacing("1"), "b"],
  [
    "a later step of the same change discards nothing",
    false,
    replacing("1"),
    replacing("1", "switched"),
    "d",
  ],
  [
    "who gained it under a change that was taken back unseen discards for the next one",
    true,
    replacing("1"),
    replacing("2"),
    "d",
  ],
  [
    "who owned it, and did not see how it lost it, discards when it gains it again",
    true,
    new RingView({ ...abc, owners: owners("a", "b", "d") }),
    replacing("2"),
    "d",
  ],
  ["at the end of a change nothing is gained", false, replacing("1", "switched"), stable, "d"],
])("%s", (_, expected, from, to, node) => {
  expect(gainsAnew(from, to, node, 0, 3)).toBe(expected);
});
