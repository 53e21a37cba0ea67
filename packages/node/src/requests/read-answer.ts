import { type Token, toHex } from "@coterie/core";
import {
  decodeVersions,
  encodeContextToken,
  followedBy,
  highestStamp,
  isLive,
  type LoneVersion,
  live,
  loneVersionOf,
  type Version,
  type VersionSet,
} from "@coterie/versions";
import type { GetResponse, Receipt, Sibling } from "@coterie/wire";
import { encodingToWire } from "./request-checks.ts";

const NOTHING = new Uint8Array(0);
const NONE: readonly string[] = [];

/** What a read found, in the words of the wire: the values that live at `nowMs`, and the context of the encoded set. */
export function readAnswer(
  encoded: Uint8Array,
  attemptedAgain: readonly Uint8Array[],
  token: Token,
  nowMs: number,
  receipt: Receipt,
): GetResponse {
  const lone = attemptedAgain.length === 0 ? loneVersionOf(encoded) : undefined;
  const $typeName = "coterie.v1.GetResponse" as const;
  if (lone !== undefined) {
    const { context: clock, stamp } = lone;
    const siblings = isLive(lone, nowMs) ? [siblingOf(lone)] : [];
    const context = encodeContextToken({ context: clock, stamp, follows: NONE }, token);
    return { $typeName, siblings, context, receipt };
  }
  const versions = decodeVersions(encoded);
  const siblings = live(versions, nowMs).map(siblingOf);
  return { $typeName, siblings, context: contextOf(versions, attemptedAgain, token), receipt };
}

function siblingOf({ value, encoding, stamp, expiresAtMs }: Version | LoneVersion): Sibling {
  return {
    $typeName: "coterie.v1.Sibling",
    value,
    encoding: encodingToWire(encoding),
    writtenAtMs: stamp.wallMs,
    expiresAtMs: expiresAtMs ?? 0,
  };
}

/**
 * Empty when nothing was ever seen: there is nothing for the next write to replace. Of the operations that the client
 * knows to have been attempted again it follows those that are seen here.
 */
function contextOf(
  versions: VersionSet,
  attemptedAgain: readonly Uint8Array[],
  token: Token,
): Uint8Array {
  if (versions.context.isEmpty) return NOTHING;
  const { context, siblings } = versions;
  const met = attemptedAgain.length === 0 ? [] : metIn(versions, attemptedAgain.map(toHex));
  const seen = { context, stamp: highestStamp(versions), follows: followedBy(siblings, met) };
  return encodeContextToken(seen, token);
}

function metIn({ siblings }: VersionSet, operations: readonly string[]): readonly string[] {
  return operations.filter((id) => siblings.some(({ operationId }) => operationId === id));
}
