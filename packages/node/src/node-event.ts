import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";
import type { MemberChange } from "@coterie/swim";

/** What happens to a node that an operator may want to know. Observing it changes nothing. */
export type NodeEvent =
  | { readonly type: "born"; readonly clusterId: string; readonly owners: number }
  | { readonly type: "joining"; readonly seed: string }
  | { readonly type: "joinRefused"; readonly seed: string; readonly reason: string }
  | { readonly type: "joined"; readonly via: string; readonly recovering: boolean }
  | {
      readonly type: "member";
      readonly id: NodeId;
      readonly address: string;
      readonly change: MemberChange["type"];
    }
  /** Whether calls are handed to a peer at present. */
  | {
      readonly type: "circuit";
      readonly id: NodeId;
      readonly isOpen: boolean;
      readonly reason: string;
    }
  /** This node found itself slow, or (without a reason) well again. */
  | { readonly type: "degraded"; readonly reason: string | undefined }
  | { readonly type: "peerRefused"; readonly id: NodeId; readonly reason: string }
  /** The members that it was told to join will not have it, although it belongs to a cluster: to be stopped. */
  | { readonly type: "barred"; readonly reason: string }
  | { readonly type: "bucketKnown"; readonly name: string; readonly n: number }
  | { readonly type: "bucketConflict"; readonly name: string; readonly detail: string }
  | { readonly type: "hintsDrained"; readonly drained: number; readonly waiting: number }
  | {
      readonly type: "recoveryRound";
      readonly recovered: number;
      readonly blocked: number;
      readonly fetched: number;
      readonly blockers: readonly string[];
    }
  /** Two replicas differed for longer than a write is on its way; so many rows went each way. */
  | {
      readonly type: "replicasDiffered";
      readonly partition: number;
      readonly peer: NodeId;
      readonly pulled: number;
      readonly pushed: number;
    }
  | {
      readonly type: "collectionRound";
      readonly partition: number;
      readonly outcome: "collected" | "unequal" | "blocked";
      readonly detail: string;
    }
  | { readonly type: "ringInstalled"; readonly epoch: number; readonly phase: RingRecord["phase"] }
  | { readonly type: "fault"; readonly doing: string; readonly detail: string };
