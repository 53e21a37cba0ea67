import { expect, it } from "vitest";
import { Scenario } from "../../src/scenario.ts";
import { expectReplicasAgree } from "./agreement.ts";

it("a cart that is changed on both sides of a network partition keeps both changes [Dynamo §4.4]", async () => {
  const cluster = await Scenario.begin({ seed: 7 });
  const [a, b, c, ...others] = cluster.nodesOf("cart");
  await cluster.via(a!).put("cart", "milk");
  cluster.partition([a!, others[0]!], [b!, c!, others[1]!]);
  await cluster.run(40_000);
  expect((await cluster.via(a!).put("cart", "milk and eggs")).outcome).toBe("ok");
  expect((await cluster.client("bob").via(b!).get("cart")).values).toEqual(["milk"]);
  expect((await cluster.client("bob").via(b!).put("cart", "milk and bread")).outcome).toBe("ok");
  await expectReplicasAgree(cluster, "cart", ["milk and bread", "milk and eggs"]);
});

it("a node that lost its disk mints no dot of its past: an old write and a new one both stay [trap 1]", async () => {
  const cluster = await Scenario.begin({ seed: 1 });
  const [a, b] = cluster.nodesOf("cart").filter((id) => id !== "n1");
  const node = cluster.nodesOf("cart").slice(0, 3).includes(a!) ? a! : b!;
  await cluster.via(node).put("cart", "milk", { strict: true });
  cluster.crash(node);
  cluster.machine(node).wipe();
  await cluster.start(node);
  await cluster.run(2_000);
  const told = await cluster.client("bob").via(node).put("cart", "eggs", { blind: true });
  expect(told.outcome).toBe("ok");
  await expectReplicasAgree(cluster, "cart", ["eggs", "milk"]);
});

it("a write whose commit failed at its coordinator lives on where it was sent, and no later clock covers it [trap 2]", async () => {
  const cluster = await Scenario.begin({ seed: 2 });
  const [a, b, c, ...others] = cluster.nodesOf("cart");
  await cluster.via(a!).put("cart", "milk");
  cluster.machine(a!).disk.failNextCommit();
  const bob = cluster.client("bob").via(a!);
  expect(await bob.put("cart", "eggs", { blind: true })).toMatchObject({ outcome: "ok" });
  cluster.partition([a!, ...others], [b!, c!]);
  const carol = cluster.client("carol").via(a!);
  expect(await carol.put("cart", "bread", { blind: true, w: 1 })).toMatchObject({ outcome: "ok" });
  await expectReplicasAgree(cluster, "cart", ["bread", "eggs", "milk"]);
});

it("a writer that never read a sibling does not erase it with its next write [trap 2b]", async () => {
  const cluster = await Scenario.begin({ seed: 3 });
  const [a] = cluster.nodesOf("cart");
  await cluster.client("alice").via(a!).put("cart", "milk");
  const bob = cluster.client("bob").via(a!);
  await bob.put("cart", "eggs");
  await bob.put("cart", "bread");
  await expectReplicasAgree(cluster, "cart", ["bread", "milk"]);
});

it("interleaved writers, each blind to the other, leave two siblings and no more [trap 4]", async () => {
  const cluster = await Scenario.begin({ seed: 4 });
  const nodes = cluster.nodesOf("cart");
  for (let i = 0; i < 30; i++) {
    await cluster
      .client("alice")
      .via(nodes[i % 3]!)
      .put("cart", `alice ${i}`);
    await cluster
      .client("bob")
      .via(nodes[(i + 1) % 3]!)
      .put("cart", `bob ${i}`);
  }
  await expectReplicasAgree(cluster, "cart", ["alice 29", "bob 29"]);
});

it("a key may have too many siblings for clients, and is repaired all the same [trap 6]", async () => {
  const cluster = await Scenario.begin({ seed: 5 });
  const [a, b, c, d, e] = cluster.nodesOf("cart");
  cluster.partition([a!, d!], [b!, c!, e!]);
  const values: string[] = [];
  for (let i = 0; i < 80; i++) {
    for (const node of [a!, b!]) {
      values.push(`${node} ${i}`);
      await cluster.client("flood").via(node).put("cart", `${node} ${i}`, { blind: true });
    }
  }
  cluster.heal();
  await cluster.run(15_000);
  const full = await cluster.client("bob").via(a!).put("cart", "one more", { blind: true });
  expect(full.outcome).toBe("invalid");
  const alice = cluster.client("alice").via(a!);
  expect((await alice.get("cart", { r: 3 })).values).toHaveLength(values.length);
  expect((await alice.put("cart", "settled")).outcome).toBe("ok");
  await expectReplicasAgree(cluster, "cart", ["settled"]);
});

it("what one replica took as a first attempt and another as a second does not outlive its client's delete, led by who knew the first alone", async () => {
  const cluster = await Scenario.begin({ seed: 9 });
  const [a, ...others] = cluster.nodesOf("cart");
  cluster.partition([a!], others);
  const alice = cluster.client("alice").via(a!);
  expect((await alice.put("cart", "milk", { w: 1 })).outcome).toBe("ok");
  expect((await alice.retry(others[0]!)).outcome).toBe("ok");
  expect((await alice.get("cart", { r: 1 })).values).toEqual(["milk"]);
  expect((await alice.delete("cart", { w: 1 })).outcome).toBe("ok");
  await expectReplicasAgree(cluster, "cart", []);
});

it("with lww one client's later write wins through a node whose clock is 20 s behind [trap 8]", async () => {
  const cluster = await Scenario.begin({ seed: 6, bucket: { mode: "lww" } });
  const [a, b] = cluster.nodesOf("cart");
  cluster.machine(b!).clock.offsetMs -= 20_000;
  await cluster.via(a!).put("cart", "first");
  cluster.isolate(b!);
  await cluster.via(b!).put("cart", "second", { w: 1 });
  await expectReplicasAgree(cluster, "cart", ["second"]);
});

it("clocks that are half a minute off, and a long pause, lose nothing [trap 13]", async () => {
  const cluster = await Scenario.begin({ seed: 8 });
  const [a, b, c] = cluster.nodesOf("cart");
  cluster.machine(a!).clock.offsetMs += 27_000;
  await cluster.via(a!).put("cart", "milk", { strict: true });
  cluster.machine(b!).clock.offsetMs -= 27_000;
  cluster.machine(c!).pause();
  await cluster.client("bob").via(b!).put("cart", "eggs", { strict: true, blind: true });
  await cluster.run(27_000);
  cluster.machine(c!).resume();
  cluster.machine(a!).clock.offsetMs = 0;
  await cluster.client("carol").via(c!).put("cart", "bread", { strict: true, blind: true });
  await expectReplicasAgree(cluster, "cart", ["bread", "eggs", "milk"]);
});
