import { ByteReader, ByteWriter, SeededRandom, type Token, toHex, xxh64 } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keysFound, Replica, run, total } from "../bench/replica.ts";
import type { ExchangeEffect, Suspect } from "./exchange-effect.ts";
import type { ExchangeReply, ExchangeRequest } from "./exchange-message.ts";
import { MerkleExchange } from "./merkle-exchange.ts";
import { respond } from "./responder.ts";

const key = (number: number): Uint8Array => new ByteWriter().uint32(number).finish();
const version = (number: number): Token => xxh64(key(number));

/** Replicas of `leaves` leaves, each holding keys 0 … count - 1 in version 0; a key's leaf is its number mod leaves. */
function pair(leaves: number, fanOut: number, count: number): { here: Replica; there: Replica } {
  const leafOf = (bytes: Uint8Array): number => new ByteReader(bytes).uint32() % leaves;
  const here = new Replica({ leaves, fanOut }, leafOf);
  const there = new Replica({ leaves, fanOut }, leafOf);
  for (let i = 0; i < count; i++) {
    here.put(key(i), version(i));
    there.put(key(i), version(i));
  }
  return { here, there };
}

function suspectsOf(effects: readonly ExchangeEffect[]): readonly Suspect[] {
  const last = effects.at(-1)!;
  if (last.type !== "compared") throw new Error(`a comparison ended with ${last.type}`);
  return last.suspects;
}

describe("MerkleExchange", () => {
  test("equal trees part after one request that carries the root alone", () => {
    const { here, there } = pair(256, 16, 1000);
    const compared = run(MerkleExchange.compare(here.tree), here, there);
    expect(compared.effects).toEqual([{ type: "compared", suspects: [] }]);
    expect(compared.requestBytes.length).toBe(1);
    expect(total(compared.requestBytes) + total(compared.replyBytes)).toBeLessThan(30);
  });

  test("an exchange finds exactly the damaged keys, for any damage and any bounds on messages", () => {
    const damage = fc.record({
      number: fc.nat({ max: 149 }),
      what: fc.constantFrom("changed", "lost here", "lost there", "new here", "new there"),
    });
    const setting = fc.record({
      leaves: fc.integer({ min: 1, max: 80 }),
      fanOut: fc.integer({ min: 2, max: 9 }),
      count: fc.integer({ min: 0, max: 150 }),
      damages: fc.array(damage, { maxLength: 40 }),
      nodesPerRequest: fc.integer({ min: 1, max: 20 }),
      leavesPerRequest: fc.integer({ min: 1, max: 5 }),
      replyBytes: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(setting, ({ leaves, fanOut, count, damages, replyBytes, ...limits }) => {
        const { here, there } = pair(leaves, fanOut, count);
        const damaged = new Map<string, string>();
        for (const { number, what } of damages) {
          const at = what.startsWith("new") ? key(1000 + number) : key(number);
          if (damaged.has(toHex(at)) || (number >= count && !what.startsWith("new"))) continue;
          damaged.set(toHex(at), what);
          if (what === "changed") here.put(at, version(9000 + number));
          else if (what === "new here") here.put(at, version(5000 + number));
          else if (what === "new there") there.put(at, version(5000 + number));
          else (what === "lost here" ? here : there).drop(at);
        }
        const compared = run(MerkleExchange.compare(here.tree, limits), here, there, replyBytes);
        const suspects = suspectsOf(compared.effects);
        const recheck = MerkleExchange.recheck(here.tree, suspects, limits);
        const rechecked = run(recheck, here, there, replyBytes);
        expect(rechecked.effects.at(-1)).toEqual({ type: "rechecked" });
        expect(keysFound(rechecked, here, there)).toEqual([...damaged.keys()].sort());
        for (const effect of rechecked.effects) {
          if (effect.type !== "differences") continue;
          for (const difference of effect.differences) {
            const kinds = ["changed"];
            if (difference.here === undefined) kinds.splice(0, 1, "lost here", "new there");
            if (difference.there === undefined) kinds.splice(0, 1, "lost there", "new here");
            expect(kinds).toContain(damaged.get(toHex(difference.key)));
          }
        }
        const itemBytes = 4 + 8 + 1;
        for (const bytes of [...compared.replyBytes, ...rechecked.replyBytes]) {
          expect(bytes).toBeLessThan(Math.max(replyBytes, 60) + itemBytes + 30);
        }
        for (const bytes of [...compared.requestBytes, ...rechecked.requestBytes]) {
          expect(bytes).toBeLessThan(11 * limits.nodesPerRequest + 30);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("a write that was in flight at the comparison and arrives before the recheck is no damage", () => {
    const { here, there } = pair(64, 4, 500);
    here.put(key(7), version(7007));
    const suspects = suspectsOf(run(MerkleExchange.compare(here.tree), here, there).effects);
    expect(suspects).toEqual([{ level: 3, index: 7 }]);
    there.put(key(7), version(7007));
    const rechecked = run(MerkleExchange.recheck(here.tree, suspects), here, there);
    expect(rechecked.effects).toEqual([{ type: "rechecked" }]);
  });

  test("a replica that lost everything is told so by its root, without a single key listed", () => {
    const { here, there } = pair(1024, 16, 5000);
    for (let i = 0; i < 5000; i++) here.drop(key(i));
    const compared = run(MerkleExchange.compare(here.tree), here, there);
    expect(suspectsOf(compared.effects)).toEqual([{ level: 0, index: 0 }]);
    const recheck = MerkleExchange.recheck(here.tree, suspectsOf(compared.effects));
    const rechecked = run(recheck, here, there);
    expect(rechecked.effects).toEqual([
      { type: "missing", where: "here", from: 0, to: 1024 },
      { type: "rechecked" },
    ]);
    expect(total(rechecked.replyBytes)).toBeLessThan(20);
    const other = run(MerkleExchange.recheck(there.tree, [{ level: 0, index: 0 }]), there, here);
    expect(other.effects[0]).toEqual({ type: "missing", where: "there", from: 0, to: 1024 });
  });

  test("a subtree lacking at the comparison and half filled at the recheck is looked into", () => {
    const { here, there } = pair(16, 4, 160);
    for (let i = 0; i < 160; i++) if (i % 16 < 4) here.drop(key(i));
    const suspects = suspectsOf(run(MerkleExchange.compare(here.tree), here, there).effects);
    expect(suspects).toEqual([{ level: 1, index: 0 }]);
    for (let i = 0; i < 160; i++) if (i % 16 < 3) here.put(key(i), version(i));
    const rechecked = run(MerkleExchange.recheck(here.tree, suspects), here, there);
    expect(rechecked.effects).toEqual([
      { type: "missing", where: "here", from: 3, to: 4 },
      { type: "rechecked" },
    ]);
  });

  test("one damaged key among 100,000 costs the same few digests whatever stands beside it", () => {
    const cost = (count: number): number => {
      const { here, there } = pair(4096, 16, count);
      here.put(key(1234), version(1));
      const compared = run(MerkleExchange.compare(here.tree), here, there);
      return total(compared.requestBytes) + total(compared.replyBytes);
    };
    expect(cost(100_000)).toBe(cost(10_000));
    expect(cost(100_000)).toBeLessThan(3 * 16 * 8 + 100);
  });

  test("a tree that disagrees with the rows is found on either side", () => {
    const { here, there } = pair(16, 4, 100);
    here.tree.add(5, { high: 1, low: 0 });
    there.tree.add(9, { high: 1, low: 0 });
    const suspects = suspectsOf(run(MerkleExchange.compare(here.tree), here, there).effects);
    const rechecked = run(MerkleExchange.recheck(here.tree, suspects), here, there);
    expect(rechecked.effects).toEqual([{ type: "rebuild", leaf: 5 }, { type: "rechecked" }]);
    expect(rechecked.rebuildThere).toEqual([9]);
  });

  test("a lost message is sent again, and answers that come late or twice change nothing", () => {
    const { here, there } = pair(64, 4, 300);
    here.put(key(3), version(1));
    here.put(key(40), version(2));
    const drive = (exchange: MerkleExchange, faults: boolean): ExchangeEffect[] => {
      const random = new SeededRandom(5);
      const effects: ExchangeEffect[] = [];
      const todo = exchange.start();
      const replies: ExchangeReply[] = [];
      const take = (request: ExchangeRequest): void => {
        if (faults && random.uint32() % 2 === 0) {
          todo.push(...exchange.resend());
          return;
        }
        replies.push(respond(request, there.tree, there.scan, 40).reply);
        if (faults) for (const old of replies) todo.push(...exchange.receive(old));
        else todo.push(...exchange.receive(replies.at(-1)!));
      };
      for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
        if (effect.type === "send") take(effect.request);
        else if (effect.type === "scan")
          todo.push(...exchange.scanned(effect.leaf, here.scan(effect.leaf)));
        else effects.push(effect);
      }
      return effects;
    };
    const compared = drive(MerkleExchange.compare(here.tree), true);
    expect(compared).toEqual(drive(MerkleExchange.compare(here.tree), false));
    const suspects = suspectsOf(compared);
    const found = drive(MerkleExchange.recheck(here.tree, suspects), true);
    expect(found).toEqual(drive(MerkleExchange.recheck(here.tree, suspects), false));
    expect(found.filter((effect) => effect.type === "differences").length).toBe(2);
  });

  test("trees of two shapes are not compared, and the shape there is named", () => {
    const { here } = pair(64, 4, 10);
    const { there } = pair(64, 8, 10);
    expect(run(MerkleExchange.compare(here.tree), here, there).effects).toEqual([
      { type: "failed", reason: "the other side's tree has 64 leaves and fan-out 8" },
    ]);
  });

  test("a request for nodes that are not there is refused, not asserted", () => {
    const { there } = pair(64, 4, 10);
    const shape = { leaves: 64, fanOut: 4 };
    const digest = { high: 0, low: 0 };
    const requests: ExchangeRequest[] = [
      { type: "compare", sequence: 1, shape, level: 9, nodes: [] },
      { type: "compare", sequence: 1, shape, level: 0, nodes: [{ index: 1, digest }] },
      { type: "list", sequence: 1, shape, leaves: [64], after: undefined },
    ];
    for (const request of requests) {
      expect(respond(request, there.tree, there.scan).reply).toEqual({
        type: "refused",
        sequence: 1,
        shape,
      });
    }
  });

  test("an answering side that makes no headway or lists what was not asked ends the exchange", () => {
    const item = (number: number) => ({ key: key(number), hash: version(number) });
    const wrong: Omit<ExchangeReply & { type: "items" }, "type" | "sequence">[] = [
      { leaves: [], unfinished: false },
      { leaves: [{ leaf: 3, items: [] }], unfinished: true },
      { leaves: [{ leaf: 4, items: [] }], unfinished: false },
      { leaves: [{ leaf: 3, items: [item(9), item(8)] }], unfinished: false },
    ];
    for (const answer of wrong) {
      const { here, there } = pair(16, 4, 100);
      here.put(key(3), version(1));
      const exchange = MerkleExchange.recheck(here.tree, [{ level: 2, index: 3 }]);
      const [compare] = exchange.start();
      if (compare?.type !== "send") throw new Error("an exchange begins with a request");
      const { reply } = respond(compare.request, there.tree, there.scan);
      expect(exchange.receive(reply).map((effect) => effect.type)).toEqual(["send", "scan"]);
      const failed = exchange.receive({ type: "items", sequence: 2, ...answer });
      expect(failed.map((effect) => effect.type)).toEqual(["failed"]);
      expect(exchange.scanned(3, here.scan(3))).toEqual([]);
    }
  });
});
