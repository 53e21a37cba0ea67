import type { NodeId } from "@coterie/core";
import type { MemberRecord } from "./member-record.ts";

interface Update {
  readonly record: MemberRecord;
  readonly bytes: number;
}

/** After so many updates that do not fit into what is left of a message, it counts as full. */
const MISFITS_MAX = 4;

/**
 * The updates that ride on messages [SWIM §4.1]. One for each member, for newer news of a member makes
 * older pointless. The least often sent go first, the longest waiting of them first, and each is dropped
 * after `limit` transmissions.
 */
export class Dissemination {
  readonly #multiplier: number;
  /** By the number of transmissions so far; within one, oldest first. */
  readonly #sent: Map<NodeId, Update>[] = [];
  readonly #transmissions = new Map<NodeId, number>();

  constructor(transmitMultiplier: number) {
    this.#multiplier = transmitMultiplier;
  }

  /** Updates still to be sent. */
  get size(): number {
    return this.#transmissions.size;
  }

  /** Transmissions of one update among `living` members: λ · ln(n + 1) [SWIM §4.1]. */
  limit(living: number): number {
    return Math.max(1, Math.ceil(this.#multiplier * Math.log(living + 1)));
  }

  /** Queues news of a member and drops what was queued of it. `bytes` is its encoded size. */
  enqueue(record: MemberRecord, bytes: number): void {
    this.drop(record.id);
    this.#put({ record, bytes }, 0);
  }

  drop(id: NodeId): void {
    const transmissions = this.#transmissions.get(id);
    if (transmissions === undefined) return;
    this.#transmissions.delete(id);
    this.#sent[transmissions]!.delete(id);
  }

  /** Takes what goes into `bytesLeft` and counts it as sent; `without` are those already on board. */
  take(bytesLeft: number, living: number, without: readonly MemberRecord[]): MemberRecord[] {
    const taken: MemberRecord[] = [];
    if (this.#transmissions.size === 0) return taken;
    const limit = this.limit(living);
    let left = bytesLeft;
    let misfits = 0;
    const chosen: [Update, number][] = [];
    for (let times = 0; times < this.#sent.length && misfits < MISFITS_MAX; times++) {
      const updates = this.#sent[times]!;
      if (updates.size === 0) continue;
      for (const update of updates.values()) {
        if (without.some((record) => record.id === update.record.id)) continue;
        if (update.bytes > left) {
          if (++misfits === MISFITS_MAX) break;
          continue;
        }
        left -= update.bytes;
        chosen.push([update, times]);
      }
    }
    for (const [update, times] of chosen) {
      taken.push(update.record);
      this.drop(update.record.id);
      if (times + 1 < limit) this.#put(update, times + 1);
    }
    return taken;
  }

  #put(update: Update, times: number): void {
    while (this.#sent.length <= times) this.#sent.push(new Map());
    this.#sent[times]!.set(update.record.id, update);
    this.#transmissions.set(update.record.id, times);
  }
}
