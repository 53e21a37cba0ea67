import type { Entry, OrderedStore, OrderedTransaction, Space } from "./ordered-store.ts";

/** A store under test, and a way to see what the next process start would find. */
export interface ContractStore {
  readonly store: OrderedStore;
  /** Closes the store and opens the same files again. */
  reopen(): OrderedStore;
}

/** What the contract needs of a test framework; vitest's functions fit. */
export interface Suite {
  describe(name: string, body: () => void): void;
  test(title: string, body: () => void): void;
  expect(actual: unknown): { toEqual(expected: unknown): void; toThrow(): void };
}

/** What every `OrderedStore` promises. `open` gives a new, empty store each time. */
export function orderedStoreContract(
  { describe, test, expect }: Suite,
  name: string,
  open: () => ContractStore,
): void {
  const storeTest = (title: string, body: (at: ContractStore) => void): void => {
    test(title, () => body(open()));
  };

  describe(`${name} is an ordered store`, () => {
    storeTest(
      "what was put is there in the transaction, after its commit and after a reopen",
      (at) => {
        const transaction = at.store.begin();
        transaction.put("rows", bytes("a"), bytes("1"));
        expect(text(transaction.get("rows", bytes("a")))).toEqual("1");
        transaction.commit();
        expect(contents(at.store, "rows")).toEqual(["a=1"]);
        expect(contents(at.reopen(), "rows")).toEqual(["a=1"]);
      },
    );

    storeTest("a key that was never put is undefined, and so is one that was deleted", (at) => {
      write(at.store, (t) => t.put("rows", bytes("a"), bytes("1")));
      const transaction = at.store.begin();
      transaction.delete("rows", bytes("a"));
      transaction.delete("rows", bytes("never"));
      expect(transaction.get("rows", bytes("a"))).toEqual(undefined);
      expect(transaction.get("rows", bytes("b"))).toEqual(undefined);
      transaction.commit();
      expect(contents(at.reopen(), "rows")).toEqual([]);
    });

    storeTest("a second put replaces the first, in one transaction and in two", (at) => {
      write(at.store, (t) => {
        t.put("rows", bytes("a"), bytes("1"));
        t.put("rows", bytes("a"), bytes("2"));
      });
      expect(contents(at.store, "rows")).toEqual(["a=2"]);
      write(at.store, (t) => t.put("rows", bytes("a"), bytes("a longer value")));
      expect(contents(at.store, "rows")).toEqual(["a=a longer value"]);
    });

    storeTest("a rollback leaves nothing of its transaction and all of those before", (at) => {
      write(at.store, (t) => t.put("rows", bytes("a"), bytes("1")));
      const transaction = at.store.begin();
      transaction.put("rows", bytes("a"), bytes("2"));
      transaction.put("rows", bytes("b"), bytes("2"));
      transaction.delete("rows", bytes("a"));
      transaction.rollback();
      expect(contents(at.store, "rows")).toEqual(["a=1"]);
      expect(contents(at.reopen(), "rows")).toEqual(["a=1"]);
    });

    storeTest("closing rolls back what is open", (at) => {
      at.store.begin().put("rows", bytes("a"), bytes("1"));
      expect(contents(at.reopen(), "rows")).toEqual([]);
    });

    storeTest("keys are ordered as unsigned bytes, a prefix before what it begins", (at) => {
      const keys = [[255], [0], [], [127, 1], [128], [127], [0, 0], [1, 255]];
      write(at.store, (t) => {
        for (const key of keys) t.put("rows", Uint8Array.from(key), Uint8Array.of(key.length));
      });
      const ordered = read(at.store, (t) => t.range("rows", new Uint8Array(), undefined, 100));
      expect(ordered.map(({ key }) => [...key])).toEqual([
        [],
        [0],
        [0, 0],
        [1, 255],
        [127],
        [127, 1],
        [128],
        [255],
      ]);
      expect(ordered.map(({ value }) => [...value])).toEqual(
        ordered.map(({ key }) => [key.length]),
      );
    });

    storeTest("a range takes its start, leaves out its end and stops at its limit", (at) => {
      write(at.store, (t) => {
        for (const key of "abcdef") t.put("rows", bytes(key), bytes("x"));
      });
      const keys = (from: string, to: string | undefined, limit: number): string =>
        read(at.store, (t) =>
          t.range("rows", bytes(from), to === undefined ? to : bytes(to), limit),
        )
          .map(({ key }) => text(key))
          .join("");
      expect(keys("b", "e", 100)).toEqual("bcd");
      expect(keys("b", "e", 2)).toEqual("bc");
      expect(keys("bb", undefined, 100)).toEqual("cdef");
      expect(keys("c", "c", 100)).toEqual("");
      expect(keys("g", undefined, 100)).toEqual("");
    });

    storeTest("a range sees what its own transaction has put and deleted", (at) => {
      write(at.store, (t) => {
        for (const key of "ace") t.put("rows", bytes(key), bytes("old"));
      });
      const transaction = at.store.begin();
      transaction.put("rows", bytes("b"), bytes("new"));
      transaction.put("rows", bytes("c"), bytes("new"));
      transaction.delete("rows", bytes("e"));
      const seen = transaction.range("rows", bytes("a"), undefined, 100);
      transaction.rollback();
      expect(seen.map(shown)).toEqual(["a=old", "b=new", "c=new"]);
    });

    storeTest("the spaces do not see one another", (at) => {
      write(at.store, (t) => {
        t.put("rows", bytes("k"), bytes("row"));
        t.put("hints", bytes("k"), bytes("hint"));
        t.put("meta", bytes("k"), bytes("meta"));
      });
      write(at.store, (t) => t.delete("hints", bytes("k")));
      expect(contents(at.store, "rows")).toEqual(["k=row"]);
      expect(contents(at.store, "hints")).toEqual([]);
      expect(contents(at.store, "meta")).toEqual(["k=meta"]);
    });

    storeTest("empty values and values of a megabyte come back whole", (at) => {
      const large = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 31);
      write(at.store, (t) => {
        t.put("rows", bytes("empty"), new Uint8Array());
        t.put("rows", bytes("large"), large);
      });
      const again = at.reopen();
      expect(read(again, (t) => t.get("rows", bytes("empty")))?.length).toEqual(0);
      const back = read(again, (t) => t.get("rows", bytes("large")));
      expect(back?.length).toEqual(large.length);
      expect(back?.every((byte, i) => byte === large[i])).toEqual(true);
    });

    storeTest("one transaction at a time, and none after its end or the store's", (at) => {
      const transaction = at.store.begin();
      expect(() => at.store.begin()).toThrow();
      transaction.commit();
      expect(() => transaction.put("rows", bytes("a"), bytes("1"))).toThrow();
      expect(() => transaction.commit()).toThrow();
      at.store.close();
      expect(() => at.store.begin()).toThrow();
    });
  });
}

function write(store: OrderedStore, body: (transaction: OrderedTransaction) => void): void {
  const transaction = store.begin();
  body(transaction);
  transaction.commit();
}

function read<T>(store: OrderedStore, body: (transaction: OrderedTransaction) => T): T {
  const transaction = store.begin();
  const result = body(transaction);
  transaction.rollback();
  return result;
}

function contents(store: OrderedStore, space: Space): string[] {
  return read(store, (t) => t.range(space, new Uint8Array(), undefined, 1000)).map(shown);
}

function shown({ key, value }: Entry): string {
  return `${text(key)}=${text(value)}`;
}

function bytes(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

function text(of: Uint8Array | undefined): string | undefined {
  return of === undefined ? undefined : String.fromCharCode(...of);
}
