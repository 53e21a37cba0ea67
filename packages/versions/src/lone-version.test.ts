import { ByteWriter } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ACTORS, lastWriteSet, setOf, versionOf, versionSet } from "../test/arbitraries.ts";
import { loneVersionOf } from "./lone-version.ts";
import { EMPTY_VERSIONS } from "./merge.ts";
import type { VersionSet } from "./version.ts";
import { encodeVersions } from "./version-codec.ts";

/** What it is to say, from the set itself. */
function expectedOf({ context, siblings }: VersionSet) {
  const [only, ...others] = siblings;
  if (only === undefined || others.length > 0) return undefined;
  const { stamp, tombstone, encoding, expiresAtMs, value, repeated, twins, follows } = only;
  if (repeated !== undefined || twins !== undefined || follows !== undefined) return undefined;
  const writer = new ByteWriter();
  context.encode(writer);
  return { context: writer.finish(), stamp, tombstone, encoding, expiresAtMs, value };
}

test("a version that is alone is read as it is in the set; all other sets are left to be decoded", () => {
  let lone = 0;
  fc.assert(
    fc.property(fc.oneof(versionSet, lastWriteSet), (set) => {
      const read = loneVersionOf(encodeVersions(set));
      expect(read).toEqual(expectedOf(set));
      if (read !== undefined) lone++;
    }),
    { numRuns: 400 },
  );
  expect(lone).toBeGreaterThan(20);
});

test("what was sent more than once, follows another, or is no version at all is none", () => {
  const dot = { actor: ACTORS[0]!, counter: 2 };
  const { context } = setOf([dot], EMPTY_VERSIONS.context.add(dot));
  const alone = (over: object) =>
    loneVersionOf(encodeVersions({ context, siblings: [{ ...versionOf(dot), ...over }] }));
  expect(alone({})).toMatchObject({ encoding: versionOf(dot).encoding });
  expect(alone({ repeated: true })).toBeUndefined();
  expect(alone({ follows: ["0".repeat(32)] })).toBeUndefined();
  expect(loneVersionOf(encodeVersions(EMPTY_VERSIONS))).toBeUndefined();
});
