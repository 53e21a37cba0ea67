import type { NodeId, Token } from "@coterie/core";
import { type MemberRecord, supersedes } from "./member-record.ts";
import type { Membership } from "./membership.ts";
import { recordBytes } from "./message-size.ts";
import type { MessageBody } from "./messages.ts";

type SyncRange = Extract<MessageBody, { type: "syncRange" }>;

// Push-pull: A sends the digest of all it knows. When B's differs, B sends its whole table, cut into
// ranges of ids that fit a message. A takes in each range, and sends back what B lacks or holds wrongly
// in it. Three messages when the tables are small, no connection, and no state between them.

export function digestsDiffer(a: Token, b: Token): boolean {
  return a.high !== b.high || a.low !== b.low;
}

/** The whole table as ranges whose records take at most `bytesMax`. Together they cover all ids. */
export function ranges(members: Membership, bytesMax: number): SyncRange[] {
  const all = members.sortedIds.map((id) => members.get(id)!);
  const parts = inParts(all, bytesMax);
  return parts.map((records, i) => ({
    type: "syncRange",
    after: i === 0 ? undefined : parts[i - 1]!.at(-1)!.id,
    upTo: i === parts.length - 1 ? undefined : records.at(-1)!.id,
    records,
  }));
}

/** What is held here of the range and its sender lacks or holds wrongly. */
export function answerTo(range: SyncRange, members: Membership): MemberRecord[] {
  const theirs = new Map<NodeId, MemberRecord>();
  for (const record of range.records) theirs.set(record.id, record);
  const answer: MemberRecord[] = [];
  const ids = members.sortedIds;
  for (let i = firstAfter(ids, range.after); i < ids.length; i++) {
    const id = ids[i]!;
    if (range.upTo !== undefined && id > range.upTo) break;
    const held = members.get(id)!;
    const their = theirs.get(id);
    // A mark of `forget` is of use to those only who still remember.
    if (their === undefined ? held.state !== "forgotten" : supersedes(held, their)) {
      answer.push(held);
    }
  }
  return answer;
}

/** Cuts a list into parts of at most `bytesMax` encoded bytes; no list gives one empty part. */
export function inParts(records: readonly MemberRecord[], bytesMax: number): MemberRecord[][] {
  const parts: MemberRecord[][] = [[]];
  let left = bytesMax;
  for (const record of records) {
    const bytes = recordBytes(record);
    if (bytes > left && parts.at(-1)!.length > 0) {
      parts.push([]);
      left = bytesMax;
    }
    parts.at(-1)!.push(record);
    left -= bytes;
  }
  return parts;
}

function firstAfter(ids: readonly NodeId[], bound: NodeId | undefined): number {
  if (bound === undefined) return 0;
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
