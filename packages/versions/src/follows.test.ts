import { ByteReader, ByteWriter } from "@coterie/core";
import { IntervalClock } from "@coterie/vector-clock";
import { describe, expect, test } from "vitest";
import { ACTORS, clockOf, operation, stampAt, versionOf } from "../test/arbitraries.ts";
import { FOLLOWS_MAX, followedBy, readFollows, writeFollows } from "./follows.ts";
import { EMPTY_VERSIONS, mergeVersions } from "./merge.ts";
import { mint } from "./mint.ts";
import { live, type VersionSet } from "./version.ts";

const [A, B] = [ACTORS[0]!, ACTORS[1]!];
const ONCE = operation(1);

function put(actor: string, over: Partial<Parameters<typeof mint>[2]> = {}, set?: VersionSet) {
  return mint("siblings", set && { set, ownedTo: undefined }, {
    dot: { actor, counter: 1 },
    stamp: stampAt(1_000),
    requestContext: IntervalClock.EMPTY,
    follows: [],
    operationId: ONCE,
    repeated: false,
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: new Uint8Array([7]),
    ...over,
  });
}

const merge = (...sets: VersionSet[]): VersionSet =>
  sets.reduce((a, b) => mergeVersions("siblings", a, b), EMPTY_VERSIONS);

describe("an operation that was minted twice", () => {
  const lost = put(A);
  const retried = put(B, { repeated: true });

  test("does not come back after a delete whose client has seen only the retry", () => {
    const deleted = put(
      B,
      {
        dot: { actor: B, counter: 2 },
        requestContext: retried.context,
        follows: retried.follows,
        operationId: operation(2),
        tombstone: true,
        value: new Uint8Array(0),
      },
      retried.set,
    );
    for (const late of [merge(lost.set, deleted.set), merge(deleted.set, lost.set)]) {
      expect(live(late, 0)).toEqual([]);
      expect(late.context.contains(lost.version.dot)).toBe(true);
    }
  });

  test("does not come back after a write that replaced the delete", () => {
    const seen = { requestContext: retried.context, follows: retried.follows };
    const second = put(A, { dot: { actor: A, counter: 5 }, operationId: operation(2), ...seen });
    const third = put(B, {
      dot: { actor: B, counter: 6 },
      operationId: operation(3),
      requestContext: second.context,
      follows: followedBy(second.set.siblings),
    });
    const all = merge(third.set, lost.set, retried.set, second.set);
    expect(live(all, 0).map(({ operationId }) => operationId)).toEqual([operation(3)]);
  });

  test("is gone where a write by name is known already, if its last attempt is minted only then", () => {
    const second = put(A, {
      operationId: operation(2),
      requestContext: retried.context,
      follows: retried.follows,
    });
    const late = put(A, { dot: { actor: A, counter: 9 }, repeated: true }, second.set);
    expect(late.set.siblings).toEqual(second.set.siblings);
    expect(late.set.context.contains({ actor: A, counter: 9 })).toBe(true);
  });
});

test("two operations that follow one another, as ids used twice would make them, both stay", () => {
  const one = versionOf({ actor: A, counter: 1 }, { operationId: ONCE, follows: [operation(2)] });
  const other = versionOf({ actor: B, counter: 1 }, { operationId: operation(2), follows: [ONCE] });
  const sets = [one, other].map((version) => ({
    context: clockOf([version.dot]),
    siblings: [version],
  }));
  expect(merge(...sets).siblings).toHaveLength(2);
});

test("of many operations the latest are followed", () => {
  const earlier = Array.from({ length: 100 }, (_, i) => operation(100 + i));
  const followed = followedBy([put(A, { repeated: true, follows: earlier }).version]);
  expect(followed).toHaveLength(FOLLOWS_MAX);
  expect(followed.slice(0, 3)).toEqual([ONCE, operation(100), operation(101)]);
});

test("a list of more than may be is refused", () => {
  const writer = new ByteWriter(16);
  writeFollows(writer, [ONCE]);
  const bytes = writer.finish().slice();
  expect(readFollows(new ByteReader(bytes))).toEqual([ONCE]);
  bytes[0] = FOLLOWS_MAX + 1;
  expect(() => readFollows(new ByteReader(bytes))).toThrow("65 operations are followed");
});
