import { expect, test } from "vitest";
import { BUCKET } from "../test/scripted-replicas.ts";
import { receiptOf } from "./receipt.ts";
import type { Acknowledgement } from "./write-quorum.ts";

const GROUP = ["a", "b", "c"];

function receipt(kind: "r" | "w", acknowledged: Acknowledgement[], groups = [GROUP]) {
  return receiptOf({
    kind,
    epoch: 7,
    coordinator: "a",
    required: 2,
    acknowledged,
    groups,
    bucket: BUCKET,
  });
}

const primary = (node: string): Acknowledgement => ({ node, role: "primary" });

test("two primaries of three intersect with a default of two", () => {
  expect(receipt("w", [primary("c"), primary("a")])).toEqual({
    epoch: 7,
    acknowledged: ["c", "a"],
    primaries: 2,
    required: 2,
    intersects: true,
    coordinator: "a",
  });
});

test("a fallback does not help quorums to intersect [trap 10]", () => {
  const { primaries, intersects } = receipt("w", [primary("a"), { node: "d", role: "fallback" }]);
  expect({ primaries, intersects }).toEqual({ primaries: 1, intersects: false });
});

test("during a ring change quorums intersect when they do in both rings", () => {
  const groups = [GROUP, ["c", "d", "e"]];
  expect(receipt("w", [primary("a"), primary("b"), primary("d")], groups).intersects).toBe(false);
  expect(receipt("w", [primary("a"), primary("c"), primary("d")], groups).intersects).toBe(true);
});
