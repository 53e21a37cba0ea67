import { expect, test } from "vitest";
import { foundingRing } from "./birth.ts";

test("a node that founds a cluster alone owns all of it", () => {
  expect(foundingRing("n1", [], 64)).toEqual({
    epoch: 1,
    partitions: 64,
    owners: [{ id: "n1", weight: 1, zone: "" }],
    phase: "stable",
    next: [],
    change: undefined,
    removed: [],
  });
});

test("the first owners stand by id, whatever order they were given in", () => {
  const owners = ["n3", "n1", "n2"].map((id) => ({ id, weight: 1, zone: "" }));
  expect(foundingRing("n2", owners, 64).owners.map(({ id }) => id)).toEqual(["n1", "n2", "n3"]);
});

test("a founder that is no owner is refused with a sentence", () => {
  const owners = [{ id: "n2", weight: 1, zone: "" }];
  expect(() => foundingRing("n1", owners, 64)).toThrow(/do not include this node, n1/);
});

test("owners named twice are refused with a sentence", () => {
  const owners = ["n1", "n1"].map((id) => ({ id, weight: 1, zone: "" }));
  expect(() => foundingRing("n1", owners, 64)).toThrow(/no ring can be built/);
});
