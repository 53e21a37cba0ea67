import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operation, versionOf, versionSet } from "../test/arbitraries.ts";
import { loneClockOf } from "./lone-clock.ts";
import { isOperationAt } from "./operation-id.ts";
import type { VersionSet } from "./version.ts";
import { decodeVersions, encodeVersions } from "./version-codec.ts";

function decodeOrNothing(bytes: Uint8Array): VersionSet | undefined {
  try {
    return decodeVersions(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return undefined;
  }
}

test("the clock of a lone version is what decoding the set gives, whatever became of its bytes", () => {
  const change = fc.record({ at: fc.nat(200), to: fc.nat(255), how: fc.nat(5) });
  let lone = 0;
  fc.assert(
    fc.property(versionSet, change, fc.nat(3), (set, { at, to, how }, kind) => {
      const [first] = set.siblings;
      const follows = kind === 0 ? { follows: [operation(77)] } : {};
      const siblings = first === undefined ? [] : [versionOf(first.dot, follows)];
      const list = [...encodeVersions(kind === 1 ? set : { context: set.context, siblings })];
      if (how === 0) list[at % list.length] = to;
      if (how === 1) list.splice(at % list.length, 1);
      if (how === 2) list.push(to);
      const bytes = Uint8Array.from(list);
      const right = decodeOrNothing(bytes);
      const [one, another] = right?.siblings ?? [];
      const told = loneClockOf(bytes);
      if (right === undefined || one === undefined || another || one.twins || one.follows) {
        expect(told).toBeUndefined();
        return;
      }
      const { dot, stamp, repeated, operationId } = one;
      const isRepeated = repeated === true;
      expect(told).toMatchObject({ context: right.context, dot, stamp, isRepeated });
      expect(isOperationAt(bytes, told!.operationAt, operationId)).toBe(true);
      expect(isOperationAt(bytes, told!.operationAt, operation(78))).toBe(false);
      lone++;
    }),
    { numRuns: 400 },
  );
  expect(lone).toBeGreaterThan(20);
});
