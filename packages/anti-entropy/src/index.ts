export { type RecoveryOutcome, recoverPartition } from "./partition-recovery.ts";
export type { DescribedRow, RecoveryPorts, SourceDemand, SourcePage } from "./ports.ts";
export { Recovery, type RecoveryOptions, type RecoveryRound } from "./recovery.ts";
