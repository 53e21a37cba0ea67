import type { NodeId, Token } from "@coterie/core";
import type { MemberRecord } from "./member-record.ts";

/** The other end of a message. A seed is known by its address alone. */
export interface Peer {
  readonly id: NodeId | undefined;
  readonly address: string;
}

/** What a message is for. */
export type MessageBody =
  /** "Are you there?" [SWIM §3.1]; answered with `ack`. */
  | { readonly type: "ping"; readonly sequence: number }
  /** Attests that `of` lives: the sender itself, or the member it pinged on the receiver's behalf. */
  | { readonly type: "ack"; readonly sequence: number; readonly of: NodeId }
  /** "Ping `target` for me" [SWIM §3.1], and say so when it stays silent that long [Lifeguard §IV.A]. */
  | {
      readonly type: "pingReq";
      readonly sequence: number;
      readonly target: { readonly id: NodeId; readonly address: string };
      readonly nackAfterMs: number;
    }
  /** "I am here, but the target of that pingReq is silent" [Lifeguard §IV.A]. */
  | { readonly type: "nack"; readonly sequence: number }
  /** Carries updates and nothing else; never answered. */
  | { readonly type: "gossip" }
  /** Opens a push-pull: "this is the digest of all I know"; silence means that it is the same. */
  | { readonly type: "syncRequest"; readonly digest: Token }
  /**
   * One part of all the sender knows: every record with `after` < id ≤ `upTo`, undefined standing for
   * the ends. Each part is answered by itself, so a lost one costs nothing but its own range.
   */
  | {
      readonly type: "syncRange";
      readonly after: NodeId | undefined;
      readonly upTo: NodeId | undefined;
      readonly records: readonly MemberRecord[];
    }
  /** What the receiver was seen to lack or to hold wrongly; never answered. */
  | { readonly type: "records"; readonly records: readonly MemberRecord[] };

/** What members say to one another. Immutable. */
export interface Message {
  readonly from: NodeId;
  /** The sender's process start and incarnation, so that a twin or a false record shows itself. */
  readonly session: number;
  readonly incarnation: number;
  /** Whom it is meant for; another member that now lives at the address ignores it. */
  readonly to: NodeId | undefined;
  /** The receiver's incarnation as the sender knows it, 0 for none: the receiver corrects it. */
  readonly knows: number;
  readonly body: MessageBody;
  /** News riding along [SWIM §4.1]. */
  readonly updates: readonly MemberRecord[];
}
