import type { NodeId } from "@coterie/core";
import type { MemberRecord } from "./member-record.ts";
import type { Message, Peer } from "./messages.ts";

/** A change of the view, told once, in the order in which it happened. */
export interface MemberChange {
  /**
   * `joined`: first heard of, or back after it left. `suspected`: accused, not yet given up. `alive`:
   * the suspicion or the death was refuted. `dead`, `left`, `forgotten`: as they say. `updated`: another
   * address, other metadata or another process start.
   */
  readonly type: "joined" | "suspected" | "alive" | "dead" | "left" | "forgotten" | "updated";
  /** The member as it is now believed to be. */
  readonly member: MemberRecord;
}

/** What the driver does on the protocol's behalf, in the order given. */
export type Effect =
  /** Unreliable is good enough; never to be retried. */
  | { readonly type: "send"; readonly to: Peer; readonly message: Message }
  | { readonly type: "member"; readonly change: MemberChange }
  /** Store the number durably, then call `persisted`. Until then nothing above the last one is used. */
  | { readonly type: "persist"; readonly incarnation: number }
  /** Another living process uses this member's id. Stop one of them. Told once for each. */
  | { readonly type: "clash"; readonly address: string; readonly session: number }
  /** A record was refused: its incarnation is beyond anything that the member can have reached. */
  | { readonly type: "implausible"; readonly record: MemberRecord; readonly from: NodeId };
