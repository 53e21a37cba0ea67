import { toHex } from "@coterie/core";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "./memory-store.ts";
import { StorageError } from "./ordered-store.ts";
import { orderedStoreContract } from "./ordered-store-contract.ts";

orderedStoreContract({ describe, test, expect }, "MemoryStore", () => {
  const store = new MemoryStore();
  return { store, reopen: () => store.reopen() };
});

const KEY = Uint8Array.of(1);

function put(store: MemoryStore, value: number): void {
  const transaction = store.begin();
  transaction.put("rows", KEY, Uint8Array.of(value));
  transaction.commit();
}

function value(store: MemoryStore): string | undefined {
  const transaction = store.begin();
  const found = transaction.get("rows", KEY);
  transaction.rollback();
  return found && toHex(found);
}

describe("MemoryStore as a faulty disk", () => {
  test("a crash keeps what was committed when every commit syncs", () => {
    const store = new MemoryStore();
    put(store, 1);
    store.crash();
    expect(value(store.reopen())).toBe("01");
  });

  test("a crash loses the commits since the last sync, and may keep the first of them", () => {
    const store = new MemoryStore({ syncOnCommit: false });
    put(store, 1);
    store.sync();
    put(store, 2);
    put(store, 3);
    const disk = store.snapshot();
    store.crash();
    expect(value(store.reopen())).toBe("01");
    store.restore(disk);
    expect(value(store.reopen())).toBe("03");
    put(store, 4);
    put(store, 5);
    store.crash(1);
    expect(value(store.reopen())).toBe("04");
  });

  test("a copy of the disk, and rot, know nothing of an open transaction", () => {
    const store = new MemoryStore();
    put(store, 1);
    const transaction = store.begin();
    transaction.put("rows", KEY, Uint8Array.of(2));
    store.flipBit("rows", KEY, 7);
    expect(toHex(store.snapshot().spaces.rows.get(KEY)!)).toBe("81");
    transaction.rollback();
    expect(value(store)).toBe("81");
  });

  test("a crash in the middle of a transaction leaves nothing of it", () => {
    const store = new MemoryStore();
    put(store, 1);
    const transaction = store.begin();
    transaction.put("rows", KEY, Uint8Array.of(2));
    store.crash();
    expect(value(store.reopen())).toBe("01");
  });

  test("a commit that was made to fail throws its kind, leaves the store as before, and the next succeeds", () => {
    const store = new MemoryStore();
    put(store, 1);
    store.failNextCommit("full");
    expect(value(store)).toBe("01");
    expect(() => put(store, 2)).toThrow(StorageError);
    expect(value(store)).toBe("01");
    put(store, 3);
    expect(value(store)).toBe("03");
  });

  test("a snapshot does not change with the store, nor the store with a flipped bit in a copy", () => {
    const store = new MemoryStore();
    put(store, 1);
    const before = store.snapshot();
    store.flipBit("rows", KEY, 1);
    expect(value(store)).toBe("03");
    store.restore(before);
    expect(value(store.reopen())).toBe("01");
  });
});
