export type { Violation } from "./checkers/violation.ts";
export type { LoggedEvent } from "./event-log.ts";
export { FAULT_KINDS, type FaultKind, isFaultKind } from "./fault-kind.ts";
export { type SimulationOptions, type SimulationReport, simulate } from "./simulation.ts";
