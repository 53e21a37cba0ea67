import { encodeVersions, mint as mintVersion } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import {
  clockOf,
  encodedClock,
  merge,
  mint,
  mintOf,
  operationId,
  put,
  readRow,
  runs,
  setOf,
  start,
  values,
} from "../test/fixture.ts";
import { rowKey } from "./row-key.ts";
import type { ShardEngine } from "./shard-engine.ts";

const NO_CONTEXT = new Uint8Array();

let others = 0;

/** Puts another row, so that the next dot of the row under test leaves a gap. */
function putElsewhere(engine: ShardEngine): void {
  put(engine, "elsewhere", { row: rowKey("others", Uint8Array.from(`${others++}`)) });
}

describe("a put replaces what its context covers and nothing else", () => {
  test("without a context it stands beside what is there", () => {
    const { engine } = start();
    put(engine, "1");
    expect(values(put(engine, "2").versions)).toEqual(["1", "2"]);
  });

  test("with the context of a put before it replaces that put, not one that its writer has not seen", () => {
    const { engine } = start();
    const mine = put(engine, "mine");
    put(engine, "another's");
    const next = put(engine, "mine again", { context: mine.context });
    expect(values(next.versions)).toEqual(["another's", "mine again"]);
    expect(values(put(engine, "mine at last", { context: next.context }).versions)).toEqual([
      "another's",
      "mine at last",
    ]);
  });

  test("over the one version that was read it makes what it would of the whole set", () => {
    for (const [retry, again] of [
      [false, "2"],
      [true, "2"],
      [false, ""],
    ] as const) {
      const { engine } = start();
      const first = put(engine, "1", { retry });
      putElsewhere(engine);
      const command = mintOf(again, { context: first.context, tombstone: again === "" });
      const second = engine.stage(command);
      if (second.type !== "minted") throw new Error(JSON.stringify(second));
      const right = mintVersion(
        "siblings",
        { set: setOf(first.versions), ownedTo: first.dot.counter },
        {
          ...command,
          dot: second.dot,
          stamp: second.stamp,
          requestContext: clockOf(first.context),
          repeated: false,
        },
      );
      expect(second.versions).toEqual(encodeVersions(right.set));
      expect(second).toMatchObject({ follows: right.follows, repeated: false });
      for (const { context } of [first, second]) {
        const retried = engine.stage({ ...command, context });
        expect(retried).toMatchObject({ repeated: true, dot: second.dot });
      }
    }
  });

  test("a tombstone is a version like another", () => {
    const { engine } = start();
    const first = put(engine, "1");
    const gone = put(engine, "", { tombstone: true, context: first.context });
    expect(setOf(gone.versions).siblings).toMatchObject([{ tombstone: true }]);
  });

  test("encoding, expiry and operation id are kept", () => {
    const { engine } = start();
    const id = operationId();
    put(engine, "[]", { encoding: "json", expiresAtMs: 1_800_000_000_000, operationId: id });
    expect(setOf(readRow(engine).versions).siblings).toMatchObject([
      { encoding: "json", expiresAtMs: 1_800_000_000_000, operationId: id },
    ]);
  });

  test("100 writers with stale contexts leave as many siblings, and their clock stays one run", () => {
    const { engine } = start();
    const contexts = new Array<Uint8Array>(100).fill(NO_CONTEXT);
    for (let round = 0; round < 3; round++) {
      for (const [i, context] of contexts.entries()) {
        contexts[i] = put(engine, `${i}`, { context }).context;
        putElsewhere(engine);
      }
    }
    const { siblings, context } = setOf(readRow(engine).versions);
    expect(siblings).toHaveLength(100);
    expect(runs(context)).toHaveLength(1);
  });
});

describe("an operation is one write however often it is sent (trap 9)", () => {
  const id = operationId();

  test("a retry finds its committed version, and gets it to replicate again", () => {
    const { engine } = start();
    const first = put(engine, "x", { operationId: id });
    put(engine, "beside it");
    const again = put(engine, "x", { operationId: id });
    expect(again).toMatchObject({ repeated: true, dot: first.dot, stamp: first.stamp });
    expect(values(again.versions)).toEqual(["beside it", "x"]);
    expect(runs(clockOf(again.context))).toEqual(runs(clockOf(first.context)));
  });

  test("a retry in the same batch finds the version that is not committed yet", () => {
    const { engine } = start();
    const first = mint(engine, "x", { operationId: id });
    const again = mint(engine, "x", { operationId: id });
    engine.commit();
    expect(again).toMatchObject({ repeated: true, dot: first.dot });
    expect(setOf(readRow(engine).versions).siblings).toHaveLength(1);
  });

  test("a retry after the commit failed is minted anew, and the two are one sibling when they meet", () => {
    const { engine, store } = start();
    store.failNextCommit("full");
    const first = mint(engine, "x", { operationId: id });
    engine.commit();
    const again = put(engine, "x", { operationId: id });
    expect(again.repeated).toBe(false);
    expect(again.dot).not.toEqual(first.dot);
    merge(engine, first.versions);
    expect(values(readRow(engine).versions)).toEqual(["x"]);
  });
});

function expectRefusal(engine: ShardEngine, ...command: Parameters<typeof mintOf>) {
  const staged = engine.stage(mintOf(...command));
  engine.commit();
  return expect(staged.type === "refused" ? staged.reason : staged.type);
}

describe("limits hold client writes, never merges (trap 6)", () => {
  test("a put that would leave too many siblings is refused, one that leaves fewer is not", () => {
    const { engine } = start({ siblingsMax: 3 });
    const contexts = ["1", "2", "3"].map((value) => put(engine, value).context);
    expectRefusal(engine, "4").toBe("siblingLimit");
    const replaced = put(engine, "5", { context: contexts[0]! });
    expect(values(replaced.versions)).toEqual(["2", "3", "5"]);
    const lax = start({ self: "b" }).engine;
    for (let i = 0; i < 10; i++) put(lax, `b${i}`);
    merge(engine, readRow(lax).versions!);
    expect(setOf(readRow(engine).versions).siblings).toHaveLength(13);
    expectRefusal(engine, "6").toBe("siblingLimit");
    const seen = encodedClock(clockOf(contexts[1]!).join(clockOf(contexts[2]!)));
    expect(setOf(put(engine, "7", { context: seen }).versions).siblings).toHaveLength(12);
    const all = encodedClock(setOf(readRow(engine).versions).context);
    expect(values(put(engine, "8", { context: all }).versions)).toEqual(["8"]);
  });

  test("blind puts may leave twice the bytes of the largest value side by side, so that a set fits a message", () => {
    const { engine } = start({ valueBytesMax: 10 });
    put(engine, "ten bytes!");
    put(engine, "ten bytes.");
    expectRefusal(engine, "x").toBe("siblingLimit");
    const context = encodedClock(setOf(readRow(engine).versions).context);
    expect(values(put(engine, "ten bytes?", { context }).versions)).toEqual(["ten bytes?"]);
    expect(setOf(put(engine, "short").versions).siblings).toHaveLength(2);
  });

  test("a refused put uses no dot", () => {
    const { engine } = start({ siblingsMax: 1, valueBytesMax: 5 });
    const { dot } = put(engine, "1");
    expectRefusal(engine, "2").toBe("siblingLimit");
    expectRefusal(engine, "too long").toBe("valueLimit");
    const next = put(engine, "3", {
      context: encodedClock(setOf(readRow(engine).versions).context),
    });
    expect(next.dot.counter).toBe(dot.counter + 1);
  });

  test("a value that is too long is refused from a client and merged from a replica", () => {
    const { engine } = start({ valueBytesMax: 5 });
    expectRefusal(engine, "too long").toBe("valueLimit");
    merge(engine, put(start().engine, "too long").versions);
    expect(values(readRow(engine).versions)).toEqual(["too long"]);
  });
});

describe("what cannot be right is refused", () => {
  test("a context that claims dots of this actor that it has not minted", () => {
    const { engine } = start();
    const { context, dot } = put(engine, "1");
    const claimed = clockOf(context).add({ actor: dot.actor, counter: dot.counter + 1 });
    expectRefusal(engine, "2", { context: encodedClock(claimed) }).toBe("contextFromFuture");
  });

  test("bytes that are no context and no version set, without harm to the batch", () => {
    const { engine } = start();
    mint(engine, "1");
    expectRefusal(engine, "2", { context: Uint8Array.of(1, 2, 3) }).toBe("invalid");
    expect(merge(engine, Uint8Array.of(255, 0))).toMatchObject({ reason: "invalid" });
    expect(values(readRow(engine).versions)).toEqual(["1"]);
  });
});
