import { type ByteReader, type ByteWriter, CodecError } from "@coterie/core";
import { readOperationId, writeOperationId } from "./operation-id.ts";
import type { Version } from "./version.ts";

/**
 * An operation that was sent more than once may have been minted where nobody has looked yet, and a
 * context can cover only dots that somebody has seen. So whoever writes over such an operation says so by
 * name: the new version *follows* it. Versions inherit what those that they replace have followed, or a
 * dot that comes late would meet a version that knows nothing of it.
 *
 * The list is bounded; beyond it the oldest is forgotten, and a twin of that one, should it still come up,
 * is a sibling again: a value seen twice, never a write lost.
 */
export const FOLLOWS_MAX = 64;

/** The operations that whoever has seen these versions follows from now on, the latest first. */
export function followedBy(
  seen: readonly Version[],
  earlier: readonly string[] = [],
): readonly string[] {
  if (earlier.length === 0 && seen.every(isSentOnce)) return NONE;
  const followed = new Set<string>();
  for (const { operationId, repeated, twins } of seen) {
    if (repeated || twins !== undefined) followed.add(operationId);
  }
  for (const { follows, twins } of seen) {
    for (const operation of follows ?? []) followed.add(operation);
    for (const twin of twins ?? []) for (const each of twin.follows ?? []) followed.add(each);
  }
  for (const operation of earlier) followed.add(operation);
  return [...followed].slice(0, FOLLOWS_MAX);
}

const NONE: readonly string[] = [];

function isSentOnce({ repeated, twins, follows }: Version): boolean {
  return repeated === undefined && twins === undefined && follows === undefined;
}

/** Without the versions that another one here follows. `flat` has each dot on its own. */
export function dropFollowed(flat: readonly Version[]): readonly Version[] {
  if (flat.every(({ follows }) => follows === undefined)) return flat;
  return flat.filter((version) => !flat.some((other) => isFollowed(version, other)));
}

/** Two that follow one another used an operation id twice, for different writes: both stay. */
function isFollowed(version: Version, by: Version): boolean {
  return (
    by.follows?.includes(version.operationId) === true &&
    version.follows?.includes(by.operationId) !== true
  );
}

export function writeFollows(writer: ByteWriter, follows: readonly string[]): void {
  writer.uint8(follows.length);
  for (const operation of follows) writeOperationId(writer, operation);
}

/** Throws `CodecError` when there are more than `FOLLOWS_MAX`, or one twice. */
export function readFollows(reader: ByteReader): readonly string[] {
  const count = reader.uint8();
  if (count > FOLLOWS_MAX) throw new CodecError(`${count} operations are followed`);
  const follows: string[] = [];
  for (let i = 0; i < count; i++) follows.push(readOperationId(reader));
  if (hasDouble(follows)) throw new CodecError("an operation is followed twice");
  return follows;
}

/** Mostly there are few, and a set for each list that is read is dear. */
function hasDouble(follows: readonly string[]): boolean {
  if (follows.length > 8) return new Set(follows).size < follows.length;
  for (let i = 1; i < follows.length; i++) {
    if (follows.indexOf(follows[i]!) < i) return true;
  }
  return false;
}
