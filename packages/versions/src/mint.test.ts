import { VirtualTime } from "@coterie/core/testing";
import { HybridClock } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import { describe, expect, test } from "vitest";
import { ACTORS, clockOf, operation, stampAt, versionOf } from "../test/arbitraries.ts";
import { highestStamp, mergeVersions } from "./merge.ts";
import { claimsFuture, type MintRequest, mint, seenByRepeat } from "./mint.ts";
import type { VersionSet } from "./version.ts";

const [A, B] = [ACTORS[0]!, ACTORS[1]!];

function request(actor: string, counter: number, over: Partial<MintRequest> = {}): MintRequest {
  return {
    dot: { actor, counter },
    stamp: stampAt(1_000 + counter),
    requestContext: IntervalClock.EMPTY,
    follows: [],
    operationId: operation(counter),
    repeated: false,
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: new Uint8Array([counter]),
    ...over,
  };
}

function versionFrom({ requestContext: _, follows, repeated, ...version }: MintRequest) {
  return {
    ...version,
    ...(repeated ? { repeated } : {}),
    ...(follows.length > 0 ? { follows } : {}),
  };
}

describe("mint", () => {
  test("the first write of a key is its only sibling", () => {
    const first = request(A, 5, { expiresAtMs: 9_000 });
    expect(mint("siblings", undefined, first)).toEqual({
      set: { context: clockOf([first.dot]), siblings: [versionFrom(first)] },
      context: clockOf([first.dot]),
      follows: [],
      version: versionFrom(first),
    });
  });

  test("a write replaces what its client has seen, and its context covers nothing else", () => {
    const mine = mint("siblings", undefined, request(A, 5));
    const other = mint("siblings", undefined, request(B, 2));
    const set = mergeVersions("siblings", mine.set, other.set);
    const next = request(A, 8, { requestContext: mine.context });
    const minted = mint("siblings", { set, ownedTo: 5 }, next);
    expect(minted.set.siblings).toEqual([versionFrom(next), other.version]);
    expect(minted.set.context.intervals()).toEqual([
      { actor: A, from: 5, to: 8 },
      { actor: B, from: 2, to: 2 },
    ]);
    expect(minted.context.intervals()).toEqual([{ actor: A, from: 5, to: 8 }]);
  });

  test("a delete is a version without a value", () => {
    const deletion = request(A, 6, { tombstone: true, value: new Uint8Array(0) });
    expect(mint("siblings", undefined, deletion).version.tombstone).toBe(true);
    expect(() => mint("siblings", undefined, { ...deletion, value: new Uint8Array(1) })).toThrow(
      "a tombstone has no value",
    );
  });

  test("a replica that forgot the key mints a dot that no replica has seen (trap 1)", () => {
    const remembered = mint("siblings", undefined, request(A, 5)).set;
    const rewritten = mint("siblings", undefined, request(A, 6)).set;
    const merged = mergeVersions("siblings", remembered, rewritten);
    expect(merged.siblings.map(({ dot }) => dot.counter)).toEqual([5, 6]);
  });

  test("twins are replaced together when the client has seen one of them", () => {
    const speaker = versionOf({ actor: A, counter: 1 }, { operationId: operation(9) });
    const twin = versionOf({ actor: B, counter: 1 }, { operationId: operation(9) });
    const set: VersionSet = {
      context: clockOf([speaker.dot, twin.dot]),
      siblings: [{ ...speaker, twins: [twin] }],
    };
    const seesBoth = request(A, 2, { requestContext: set.context });
    expect(mint("siblings", { set, ownedTo: 1 }, seesBoth).set.siblings).toEqual([
      versionFrom({ ...seesBoth, follows: [speaker.operationId] }),
    ]);
    const seesOne = request(A, 2, { requestContext: clockOf([speaker.dot]) });
    expect(mint("siblings", { set, ownedTo: 1 }, seesOne).set.siblings).toEqual([
      versionFrom({ ...seesOne, follows: [speaker.operationId] }),
    ]);
  });
});

describe("mint in lww", () => {
  test("a write replaces everything and covers it, its client's context still only what was seen", () => {
    const before = mint("lww", undefined, request(A, 5)).set;
    const blind = request(B, 1, { stamp: stampAt(2_000) });
    const minted = mint("lww", { set: before, ownedTo: undefined }, blind);
    expect(minted.set).toEqual({
      context: clockOf([{ actor: A, counter: 5 }, blind.dot]),
      siblings: [versionFrom(blind)],
    });
    expect(minted.context).toEqual(clockOf([blind.dot]));
  });

  test("a stamp that is not above the row's is a bug", () => {
    const before = mint("lww", undefined, request(A, 5)).set;
    const late = request(A, 6, { stamp: stampAt(1_005) });
    expect(() => mint("lww", { set: before, ownedTo: 5 }, late)).toThrow("not above the row's");
  });

  test("one client's later write wins through any node, however their clocks differ", () => {
    const skews = [0, 400, -400, 250, -250];
    const nodes = skews.map((skewMs, index) => ({
      actor: `${index}`.repeat(16),
      clock: new HybridClock({ clock: new VirtualTime(1_000_000 + skewMs), maxDriftMs: 1_000 }),
    }));
    let seen = { context: IntervalClock.EMPTY, stamp: stampAt(0) };
    const sets: VersionSet[] = [];
    for (let i = 0; i < 50; i++) {
      // Each node holds nothing: the worst case, only the client carries order from one to the next.
      const { actor, clock } = nodes[(i * 3) % nodes.length]!;
      const minted = clock.mintAbove(seen.stamp);
      if (minted.type !== "stamp") throw new Error("the skews are within the drift");
      const dot = { actor, counter: i + 1 };
      const put = { ...request(actor, i + 1), dot, requestContext: seen.context };
      const { set, context } = mint("lww", undefined, { ...put, stamp: minted.stamp });
      sets.unshift(set);
      seen = { context, stamp: minted.stamp };
    }
    const merged = sets.reduce((a, b) => mergeVersions("lww", a, b));
    expect(merged.siblings[0]!.value).toEqual(new Uint8Array([50]));
    expect(highestStamp(merged)).toEqual(seen.stamp);
  });
});

describe("seenByRepeat", () => {
  test("it covers the request's context and every dot of the operation, nothing else", () => {
    const speaker = versionOf({ actor: A, counter: 3 });
    const twin = versionOf({ actor: B, counter: 1 });
    const before = clockOf([{ actor: A, counter: 1 }]);
    const request = { requestContext: before, follows: [operation(9)] };
    const follows = [speaker.operationId, operation(9)];
    expect(seenByRepeat(speaker, request)).toEqual({ context: before.add(speaker.dot), follows });
    expect(seenByRepeat({ ...speaker, twins: [twin] }, request)).toEqual({
      context: before.add(speaker.dot).add(twin.dot),
      follows,
    });
  });
});

describe("claimsFuture", () => {
  test("a context with a dot that this actor has not minted yet claims the future", () => {
    const context = clockOf([
      { actor: A, counter: 7 },
      { actor: B, counter: 99 },
    ]);
    expect(claimsFuture(context, A, 6)).toBe(true);
    expect(claimsFuture(context, A, 7)).toBe(false);
    expect(claimsFuture(IntervalClock.EMPTY, A, 0)).toBe(false);
  });
});
