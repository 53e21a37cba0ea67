import type { NodeId } from "@coterie/core";
import type { MemberState } from "./member-table.ts";

/** What happens to a node that an operator may want to know. Observing it changes nothing. */
export type NodeEvent =
  | { readonly type: "born"; readonly clusterId: string; readonly owners: number }
  | { readonly type: "joining"; readonly seed: string }
  | { readonly type: "joinRefused"; readonly seed: string; readonly reason: string }
  | { readonly type: "joined"; readonly via: string; readonly recovering: boolean }
  | { readonly type: "memberSeen"; readonly id: NodeId; readonly address: string }
  | { readonly type: "memberState"; readonly id: NodeId; readonly state: MemberState }
  | { readonly type: "peerRefused"; readonly id: NodeId; readonly reason: string }
  | { readonly type: "bucketKnown"; readonly name: string; readonly n: number }
  | { readonly type: "bucketConflict"; readonly name: string; readonly detail: string }
  | { readonly type: "ringInstalled"; readonly epoch: number }
  | { readonly type: "fault"; readonly doing: string; readonly detail: string };
