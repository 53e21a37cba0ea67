import { expect, test } from "vitest";
import { Replicas, value } from "../test/replicas.ts";
import { AntiEntropy } from "./anti-entropy.ts";
import type { Compared, Comparison } from "./compare-replicas.ts";

const NAMES = Array.from({ length: 40 }, (_, i) => `k${i}`);
const OTHERS: readonly Comparison[] = ["b", "c"].map((peer) => ({ partition: 0, n: 3, peer }));

/** a, b and c with the same rows, and a's anti-entropy. */
function scene(comparisons = OTHERS) {
  const replicas = new Replicas();
  for (const name of NAMES) replicas.set(name, value(), "a", "b", "c");
  const compared: Compared[] = [];
  const antiEntropy = new AntiEntropy(
    {
      ...replicas.ports("a"),
      partitions: () => 1,
      comparisons: () => comparisons,
      isStrained: () => replicas.down.has("a"),
    },
    { intervalMs: 600, settleMs: 100, onCompared: (each) => compared.push(each) },
  );
  const repair = async (): Promise<void> => {
    const all = { all: true } as const;
    const done = antiEntropy.repair(
      all,
      () => {},
      () => {},
    );
    await replicas.time.run(1_000);
    await done;
  };
  return { replicas, antiEntropy, compared, repair, time: replicas.time };
}

const holds = (replicas: Replicas): string[] =>
  ["a", "b", "c"].map((node) => JSON.stringify(replicas.tree(node).root));

test("what replicas lack or have on their own goes both ways, and only that", async () => {
  const { replicas, antiEntropy, repair } = scene();
  replicas.of("a").delete("k3");
  replicas.of("b").delete("k4");
  replicas.set("k5", value(), "a");
  replicas.set("new", value(), "c");
  await repair();
  await repair(); // what c alone had has come to a only after b was compared
  expect(new Set(holds(replicas)).size).toBe(1);
  const names = replicas.moved.map((move) => move.split(" ")[0]);
  expect(new Set(names)).toEqual(new Set(["k3", "k4", "k5", "new"]));
  expect(antiEntropy.progress).toMatchObject({ compared: 4, failed: 0, differed: 3 });
});

test("what one replica has brought is not fetched from the next", async () => {
  const { replicas, repair } = scene();
  replicas.of("a").clear();
  await repair();
  expect(replicas.ranges).toEqual(["40 rows b>a"]);
  expect(replicas.moved).toHaveLength(40);
});

test("a write on its way is not taken for damage [trap 18]", async () => {
  const { replicas, antiEntropy, repair, time } = scene();
  const late = value();
  replicas.set("late", late, "b", "c");
  time.after(50, () => replicas.set("late", late, "a"));
  await repair();
  expect(replicas.moved).toEqual([]);
  expect(antiEntropy.progress).toMatchObject({ compared: 2, differed: 0 });
});

test("a replica that cannot be asked is named, ages, and is compared when it is back", async () => {
  const { replicas, antiEntropy, time } = scene();
  replicas.down.add("c");
  replicas.of("c").delete("k1");
  antiEntropy.start();
  await time.run(1_500);
  expect(antiEntropy.progress.lastFailure).toBe("c: it is away");
  expect(antiEntropy.oldestMs).toBe(1_500);
  replicas.down.delete("c");
  await time.run(1_500);
  antiEntropy.stop();
  expect(antiEntropy.oldestMs).toBeLessThan(1_000);
  expect(new Set(holds(replicas)).size).toBe(1);
});

test("equal replicas cost a root and nothing else", async () => {
  const { replicas, compared, repair } = scene();
  const ports = replicas.ports("a");
  expect(await ports.askRoots("b", OTHERS.slice(1), [replicas.tree("a").root])).toEqual({
    type: "differing",
    indices: [],
  });
  await repair();
  expect(compared).toHaveLength(2);
  expect(replicas.moved).toEqual([]);
});

test("a node that is slow already waits with its comparisons, and its age says so", async () => {
  const { replicas, antiEntropy, time } = scene();
  replicas.down.add("a");
  antiEntropy.start();
  await time.run(3_000);
  expect(antiEntropy.progress.compared).toBe(0);
  expect(antiEntropy.oldestMs).toBe(3_000);
  replicas.down.delete("a");
  await time.run(700);
  antiEntropy.stop();
  expect(antiEntropy.progress.compared).toBe(2);
});

test("a failed comparison does not count as agreement, and stopping ends the rest", async () => {
  const { replicas, antiEntropy, compared, time } = scene();
  replicas.of("b").delete("k1");
  antiEntropy.start();
  await time.run(650);
  antiEntropy.stop();
  await time.run(1_000);
  expect(replicas.moved, "it stopped in the wait before the recheck").toEqual([]);
  expect(compared.map(({ comparison, failure }) => [comparison.peer, failure])).toEqual([
    ["c", undefined],
  ]);
});
