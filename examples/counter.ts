// Counting page views from four processes at once: done wrong, and done right.
import { randomUUID } from "node:crypto";
import { connect } from "@coterie/client";
import { type Counter, count, counter, max, total } from "@coterie/client/merge";

await using store = await connect();
const page = `page-${Date.now()}`;
const WRITERS = 4;
const VIEWS = 25;

async function views(add: (writer: string) => Promise<unknown>): Promise<void> {
  const writers = Array.from({ length: WRITERS }, () => randomUUID());
  await Promise.all(
    writers.map(async (writer) => {
      for (let i = 0; i < VIEWS; i++) await add(writer);
    }),
  );
}

// Wrong: two writers read 7 and both write 8. The merge sees 8 and 8, and one view is gone.
const wrong = store.bucket<number>("views-wrong", { merge: max() });
await views(() => wrong.update(page, (n = 0) => n + 1));
const lost = await wrong.get(page);
console.log(`wrong: ${lost.kind === "value" ? lost.value : 0} of ${WRITERS * VIEWS}`);

// Right: each writer counts its own views; the merge takes each writer's highest, and the sum is exact.
const right = store.bucket<Counter>("views-right", { merge: counter });
await views((writer) => right.update(page, (sums) => count(sums, writer, 1)));
const exact = await right.get(page);
console.log(`right: ${exact.kind === "value" ? total(exact.value) : 0} of ${WRITERS * VIEWS}`);
