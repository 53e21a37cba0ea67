import { expect, test } from "vitest";
import { testCluster } from "./test-cluster.ts";

test("a value that was put is read back, and the read says which nodes answered", async () => {
  await using cluster = await testCluster({ nodes: 3 });
  const notes = cluster.store.bucket<{ text: string }>("notes");
  const written = await notes.put("n1", { text: "milk" }, "unseen");
  expect(written.receipt.acknowledged.length).toBeGreaterThanOrEqual(2);
  const read = await notes.get("n1");
  expect(read).toMatchObject({ kind: "value", value: { text: "milk" } });
});
