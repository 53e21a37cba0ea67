import { ByteWriter, type NodeId, type Token, xxh64 } from "@coterie/core";

/**
 * `alive` and `suspect` members are *living*: they are probed and gossiped to. `dead` was declared by
 * others, `left` by the member itself. `forgotten` is the mark that `forget` leaves behind: never
 * listed among the members, it keeps a late rumour from bringing the member back.
 */
export type MemberState = "alive" | "suspect" | "dead" | "left" | "forgotten";

/** What is believed of a member. Immutable: news is a new record. */
export interface MemberRecord {
  readonly id: NodeId;
  /** Where it is reached: an attribute, not its identity. 1 to 128 printable ASCII characters. */
  readonly address: string;
  /** Raised by the member alone, at every start, refutation or change of its own attributes. */
  readonly incarnation: number;
  /** Random per process start (32 bits): tells a restarted process, or a twin, from the one before. */
  readonly session: number;
  readonly state: MemberState;
  /** The application's own bytes, at most 512. */
  readonly metadata: Uint8Array;
  /** Who suspects it; set in state `suspect` only. */
  readonly accuser: NodeId | undefined;
}

export const ADDRESS_CHARACTERS_MAX = 128;
export const METADATA_BYTES_MAX = 512;

/** Whether `text` can stand as a member's address. */
export function isAddress(text: string): boolean {
  return text.length <= ADDRESS_CHARACTERS_MAX && /^[!-~]+$/.test(text);
}

const RANK: Readonly<Record<MemberState, number>> = {
  alive: 0,
  suspect: 1,
  dead: 2,
  left: 3,
  forgotten: 4,
};

export function isLiving(record: MemberRecord): boolean {
  return record.state === "alive" || record.state === "suspect";
}

/** Of one life and one claim: attributes are then equal, only the state may differ. */
export function isSameClaim(a: MemberRecord, b: MemberRecord): boolean {
  return a.incarnation === b.incarnation && a.session === b.session;
}

/**
 * Whether `a` replaces `b` ([SWIM §4.2], with `left` and `forgotten` above `dead`). A total order over
 * (incarnation, session, state), so views that have heard the same records are equal, whatever the
 * order in which they heard them. The session breaks the tie of two lives with one incarnation, which
 * only a lost store or a copied one brings about.
 */
export function supersedes(a: MemberRecord, b: MemberRecord): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  if (a.session !== b.session) return a.session > b.session;
  return RANK[a.state] > RANK[b.state];
}

/**
 * A record's share of the digest that push-pull compares. Suspicion is left out: it passes within
 * seconds, and counting it would turn every suspicion into full exchanges everywhere.
 */
export function recordHash(record: MemberRecord): Token {
  if (record.state === "forgotten") return { high: 0, low: 0 };
  const writer = new ByteWriter(96);
  for (let i = 0; i < record.id.length; i++) writer.uint8(record.id.charCodeAt(i));
  writer.uint8(0).varint(record.incarnation).uint32(record.session);
  return xxh64(writer.uint8(isLiving(record) ? 0 : RANK[record.state]).finish());
}
