import { below, type NodeId, type Random, type Token } from "@coterie/core";
import { isLiving, isSameClaim, type MemberRecord, recordHash } from "./member-record.ts";

interface Row {
  record: MemberRecord;
  hash: Token;
  /** Place in the list of the living, -1 outside it. */
  place: number;
}

/**
 * The table of members, this one included. It keeps beside the records: the living as a list to draw
 * from, a digest of the whole (a sum of hashes, so that one change costs two hashes) and the ids in order.
 */
export class Membership {
  readonly #rows = new Map<NodeId, Row>();
  readonly #living: Row[] = [];
  #sortedIds: NodeId[] | undefined;
  #high = 0;
  #low = 0;

  get(id: NodeId): MemberRecord | undefined {
    return this.#rows.get(id)?.record;
  }

  lives(id: NodeId): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && row.place >= 0;
  }

  set(record: MemberRecord): void {
    const row = this.#rows.get(record.id);
    if (row === undefined) {
      const added: Row = { record, hash: recordHash(record), place: -1 };
      this.#rows.set(record.id, added);
      this.#sortedIds = undefined;
      this.#count(added.hash, 1);
      this.#place(added);
      return;
    }
    const before = row.record;
    row.record = record;
    if (isSameClaim(before, record) && isLiving(before) && isLiving(record)) return;
    this.#count(row.hash, -1);
    row.hash = recordHash(record);
    this.#count(row.hash, 1);
    this.#place(row);
  }

  delete(id: NodeId): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#unplace(row);
    this.#count(row.hash, -1);
    this.#rows.delete(id);
    this.#sortedIds = undefined;
  }

  /** Members alive or suspect, this one included. */
  get livingCount(): number {
    return this.#living.length;
  }

  /** Equal in two views that agree on everything but suspicions. */
  get digest(): Token {
    return { high: this.#high, low: this.#low };
  }

  /** Every id, in ascending order, the forgotten included. */
  get sortedIds(): readonly NodeId[] {
    this.#sortedIds ??= [...this.#rows.keys()].sort();
    return this.#sortedIds;
  }

  *[Symbol.iterator](): Generator<MemberRecord> {
    for (const row of this.#rows.values()) yield row.record;
  }

  /** Up to `count` distinct living members, drawn at random, without those named. */
  sample(count: number, random: Random, ...without: NodeId[]): MemberRecord[] {
    const drawn: MemberRecord[] = [];
    const living = this.#living;
    // A partial shuffle of the list itself: as many draws as results, whatever its length.
    for (let i = 0; i < living.length && drawn.length < count; i++) {
      const other = i + below(random, living.length - i);
      const row = living[other]!;
      living[other] = living[i]!;
      living[other]!.place = other;
      living[i] = row;
      row.place = i;
      if (!without.includes(row.record.id)) drawn.push(row.record);
    }
    return drawn;
  }

  #place(row: Row): void {
    if (!isLiving(row.record)) this.#unplace(row);
    else if (row.place < 0) row.place = this.#living.push(row) - 1;
  }

  #unplace(row: Row): void {
    if (row.place < 0) return;
    const last = this.#living.pop()!;
    if (last !== row) {
      this.#living[row.place] = last;
      last.place = row.place;
    }
    row.place = -1;
  }

  #count(hash: Token, sign: 1 | -1): void {
    this.#high = (this.#high + sign * hash.high) >>> 0;
    this.#low = (this.#low + sign * hash.low) >>> 0;
  }
}
