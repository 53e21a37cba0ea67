import { expect, test } from "vitest";
import { OwnedPartitions } from "./owned-partitions.ts";
import { stableRing } from "./ring-record.ts";
import { RingView } from "./ring-view.ts";

test("what a node owns is what its ring says, for every N and however often it is asked", () => {
  const owners = ["a", "b", "c", "d"].map((id) => ({ id, weight: 1, zone: "" }));
  const view = new RingView(stableRing({ epoch: 1, partitions: 32, owners }));
  const owned = new OwnedPartitions("b", view);
  const answers = new Set<boolean>();
  for (let round = 0; round < 2; round++) {
    for (let partition = 0; partition < 32; partition++) {
      for (const n of [3, 1, 2, 2]) {
        expect(owned.has(partition, n)).toBe(view.owns("b", partition, n));
        answers.add(owned.has(partition, n));
      }
    }
  }
  expect(answers.size).toBe(2);
});
