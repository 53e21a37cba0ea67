export type { Bucket } from "./bucket.ts";
export { Coordinator, type CoordinatorCounts, type CoordinatorOptions } from "./coordinator.ts";
export type { GetRequest } from "./get.ts";
export { HedgeBudget, type HedgeOptions } from "./hedge.ts";
export { type Consistency, type Level, type RequiredCount, requiredCount } from "./level.ts";
export type {
  Failed,
  FailureReason,
  GetOutcome,
  Invalid,
  PutOutcome,
  RequestFault,
} from "./outcomes.ts";
export type { Ports } from "./ports.ts";
export type { PutRequest } from "./put.ts";
export type { QuorumOutcome, QuorumShape, ReplicaGroup, Role } from "./quorum-tally.ts";
export { type Candidate, ReadQuorum, type ReadReply } from "./read-quorum.ts";
export type { ReadRepairOptions } from "./read-repair.ts";
export type { Receipt } from "./receipt.ts";
export type {
  MergeOptions,
  MintCommand,
  MintRefusal,
  MintStaged,
  Placement,
  ReadOptions,
  Refusal,
  ReplicaRead,
  Replicas,
  ReplicaWrite,
  Want,
} from "./replicas.ts";
export {
  type Acknowledgement,
  WriteQuorum,
  type WriteReply,
  type WriteVerdict,
} from "./write-quorum.ts";
