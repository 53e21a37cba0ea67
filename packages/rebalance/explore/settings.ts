import { assert, type NodeId } from "@coterie/core";
import { RingView, stableRing } from "@coterie/shard-engine";
import { RULES } from "./rings.ts";
import type { Setting } from "./setting.ts";

const ring = stableRing({
  epoch: 1,
  partitions: 1,
  owners: ["a", "b", "c", "d"].map((id) => ({ id, weight: 1, zone: "" })),
});

/** Three of the four owners hold the one partition; when one of them leaves, the fourth comes to hold it. */
const [leaver, second, third] = new RingView(ring).ring(RULES.n).primaries(0) as [
  NodeId,
  NodeId,
  NodeId,
];
const gainer = ring.owners.map(({ id }) => id).find((id) => ![leaver, second, third].includes(id));
assert(gainer !== undefined, "three of four owners hold the partition");

/** One owner leaves, while one write is made and then read. */
export const LEAVE: Setting = {
  ring,
  nodes: [leaver, second, third, gainer],
  changes: [{ kind: "leave", nodes: [leaver] }],
  aborts: 0,
  history: "write",
  alike: [second, third],
};

/** It may be taken back. */
export const ABORTED: Setting = { ...LEAVE, aborts: 1 };

/** What was written is deleted, too. */
export const DELETED: Setting = { ...LEAVE, history: "write, delete" };

/** The fourth owner has an old copy of what was written, deleted and collected while it owned nothing of it. */
export const LEFTOVER: Setting = { ...LEAVE, history: "collected", ghostAt: gainer };

/** It is taken back, or not, and begun again. */
export const AGAIN: Setting = {
  ...ABORTED,
  changes: [...LEAVE.changes, ...LEAVE.changes],
};

/** Of three owners one leaves, so that there are fewer than N; then another node joins. */
export const SHRUNK: Setting = {
  ring: stableRing({ ...ring, owners: ring.owners.slice(0, 3) }),
  nodes: ["a", "b", "c", "d"],
  changes: [
    { kind: "leave", nodes: ["a"] },
    { kind: "join", nodes: ring.owners.slice(3) },
  ],
  aborts: 0,
  history: "write",
  alike: ["b", "c"],
};

const five = stableRing({
  ...ring,
  owners: ["a", "b", "c", "d", "e"].map((id) => ({ id, weight: 1, zone: "" })),
});
const [first, other, stayer] = new RingView(five).ring(RULES.n).primaries(0) as [
  NodeId,
  NodeId,
  NodeId,
];
const gainers = five.owners
  .map(({ id }) => id)
  .filter((id) => ![first, other, stayer].includes(id));

/** Two of three primaries leave at once, so that two nodes gain the partition. */
export const TWO_LEAVE: Setting = {
  ring: five,
  nodes: [first, other, stayer, ...gainers],
  changes: [{ kind: "leave", nodes: [first, other] }],
  aborts: 0,
  history: "write",
  alike: gainers as [NodeId, NodeId],
};
