import type { NodeId } from "@coterie/core";
import type { MemberRecord } from "@coterie/wire";

export type MemberState = "alive" | "suspect" | "dead";

/** How often a node pings each member, milliseconds. */
export const PING_INTERVAL_MS = 500;
const SUSPECT_AFTER_MS = 3 * PING_INTERVAL_MS;
const DEAD_AFTER_MS = 10 * PING_INTERVAL_MS;

interface Entry {
  record: MemberRecord;
  /** When the member last answered or called, monotonic milliseconds; undefined before that. */
  heardMs: number | undefined;
  /** When we first knew of the member. */
  knownMs: number;
}

/**
 * Who the other nodes are and when each was last heard. Records spread on pings: of two records of one
 * id the higher generation holds, so a node that came back elsewhere is found at its new address.
 */
export class MemberTable {
  readonly #self: NodeId;
  readonly #entries = new Map<NodeId, Entry>();

  constructor(self: NodeId) {
    this.#self = self;
  }

  /** Takes in what another node knows; returns the records that are new or moved. */
  merge(records: readonly MemberRecord[], nowMs: number): MemberRecord[] {
    const changed: MemberRecord[] = [];
    for (const record of records) {
      if (record.id === this.#self) continue;
      const entry = this.#entries.get(record.id);
      if (entry === undefined) {
        this.#entries.set(record.id, { record, heardMs: undefined, knownMs: nowMs });
        changed.push(record);
      } else if (record.generation > entry.record.generation) {
        entry.record = record;
        changed.push(record);
      }
    }
    return changed;
  }

  heard(id: NodeId, nowMs: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.heardMs = nowMs;
  }

  get(id: NodeId): MemberRecord | undefined {
    return this.#entries.get(id)?.record;
  }

  /** All other members, by id. */
  list(): MemberRecord[] {
    return [...this.#entries.values()]
      .map((entry) => entry.record)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  stateOf(id: NodeId, nowMs: number): MemberState {
    const entry = this.#entries.get(id);
    if (entry === undefined) return "dead";
    const silentMs = nowMs - (entry.heardMs ?? entry.knownMs);
    if (silentMs >= DEAD_AFTER_MS) return "dead";
    return silentMs >= SUSPECT_AFTER_MS ? "suspect" : "alive";
  }
}
