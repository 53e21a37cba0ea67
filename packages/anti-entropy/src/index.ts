export {
  AntiEntropy,
  type AntiEntropyOptions,
  type AntiEntropyPorts,
  type AntiEntropyProgress,
  INTERVAL_MS,
  type RepairRequest,
} from "./anti-entropy.ts";
export { Ripening } from "./collection/ripening.ts";
export { CollectionRound, type RoundOptions } from "./collection/round.ts";
export type {
  Blocker,
  RoundAnswer,
  RoundEffect,
  RoundOutcome,
  Step,
} from "./collection/round-messages.ts";
export type {
  ComparePorts,
  MovedRows,
  PeerAnswer,
  RepairedRow,
  TreeName,
  Unavailable,
} from "./compare-ports.ts";
export {
  type Compared,
  type CompareOptions,
  type Comparison,
  compareReplicas,
} from "./compare-replicas.ts";
export { type RecoveryOutcome, recoverPartition } from "./partition-recovery.ts";
export type { RecoveryPorts, SourceDemand } from "./ports.ts";
export { Recovery, type RecoveryOptions, type RecoveryRound } from "./recovery.ts";
