import { bytesEqual } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import type { OrderedStore, OrderedTransaction } from "../ordered-store.ts";
import { orderedStoreContract } from "../ordered-store-contract.ts";
import { rowKey } from "../row-key.ts";
import { CachedStore } from "./cached-store.ts";

const ROWS = Array.from({ length: 12 }, (_, key) => rowKey("cached", Uint8Array.of(key)));

orderedStoreContract({ describe, test, expect }, "CachedStore", () => {
  const store = new MemoryStore();
  const cached = () => new CachedStore(store, 1 << 16);
  return {
    store: cached(),
    reopen: () => {
      store.reopen();
      return cached();
    },
  };
});

const step = fc.record({
  kind: fc.constantFrom("put", "put", "put", "delete", "get", "get", "get"),
  row: fc.nat(ROWS.length - 1),
  fill: fc.nat(255),
  length: fc.oneof(fc.nat(60), fc.constant(9_000)),
});
const batch = fc.record({
  steps: fc.array(step, { maxLength: 12 }),
  end: fc.constantFrom("commit", "commit", "commit", "fail", "rollback", "crash"),
});

describe("a store that remembers rows [design §5]", () => {
  test("gives what the store gives, through failures, rollbacks and forgetting", () => {
    fc.assert(
      fc.property(
        fc.array(batch, { maxLength: 20 }),
        fc.constantFrom(0, 500, 3000, 1 << 17),
        (batches, bytesMax) => {
          const disks = [new MemoryStore(), new MemoryStore()] as const;
          let cached: OrderedStore = new CachedStore(disks[0], bytesMax);
          for (const { steps, end } of batches) {
            const [ours, theirs] = [cached.begin(), disks[1].begin()];
            for (const { kind, row, fill, length } of steps) {
              const key = ROWS[row]!;
              const act = (transaction: OrderedTransaction) => {
                if (kind === "put") transaction.put("rows", key, new Uint8Array(length).fill(fill));
                else if (kind === "delete") transaction.delete("rows", key);
                else return transaction.get("rows", key);
              };
              const [given, right] = [act(ours), act(theirs)];
              expect(given?.length).toBe(right?.length);
              if (given && right) expect(bytesEqual(given, right)).toBe(true);
            }
            if (end === "crash") {
              for (const disk of disks) disk.reopen();
              cached = new CachedStore(disks[0], bytesMax);
            } else if (end === "rollback") {
              for (const transaction of [ours, theirs]) transaction.rollback();
            } else {
              if (end === "fail") for (const disk of disks) disk.failNextCommit("io");
              const outcomes = [ours, theirs].map((transaction) => {
                try {
                  return transaction.commit();
                } catch (error) {
                  return String(error);
                }
              });
              expect(outcomes[0]).toEqual(outcomes[1]);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("asks the store for a row once, and not after it was written", () => {
    const disk = new MemoryStore();
    const cached = new CachedStore(disk, 1 << 16);
    const [read, written] = ROWS as [Uint8Array, Uint8Array];
    for (const seed of [disk.begin()]) {
      seed.put("rows", read, Uint8Array.of(1));
      seed.commit();
    }
    const asked: Uint8Array[] = [];
    const begin = disk.begin.bind(disk);
    disk.begin = () => {
      const transaction = begin();
      const get = transaction.get.bind(transaction);
      transaction.get = (space, key) => {
        asked.push(key);
        return get(space, key);
      };
      return transaction;
    };
    const transaction = cached.begin();
    transaction.put("rows", written, Uint8Array.of(2));
    for (let turn = 0; turn < 3; turn++) {
      expect(transaction.get("rows", read)).toEqual(Uint8Array.of(1));
      expect(transaction.get("rows", written)).toEqual(Uint8Array.of(2));
    }
    expect(asked).toEqual([read]);
  });
});
