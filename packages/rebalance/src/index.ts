export { beginChange, type ChangeRequest, type ChangeScene, nodesOf } from "./begin-change.ts";
export type { Blocker } from "./blockers.ts";
export { abortChange, pauseChange, resumeChange, throttleChange } from "./change-orders.ts";
export type { ChangeVerdict } from "./change-verdict.ts";
export { forceRing, STEPS_UNHEARD } from "./force-ring.ts";
export { gainsAnew } from "./gains-anew.ts";
export { nextStep, type RingReports, type Step } from "./next-step.ts";
export { type ChangePlan, type NodePlan, type PlacementPlan, planChange } from "./plan-change.ts";
export { weakestRules } from "./quorum-rules.ts";
export type {
  LeftoverReport,
  NodeRingReport,
  QuorumRules,
  ScanReport,
} from "./report.ts";
export type { Amendment, RingChanges } from "./ring-changes.ts";
export { type ScanDuty, scanDuties } from "./scan-duties.ts";
export { type CopyProgress, copyProgress } from "./scan-progress.ts";
