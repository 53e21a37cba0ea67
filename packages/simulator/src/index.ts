export { Campaign, type CampaignSums } from "./campaign.ts";
export { checkConvergence } from "./checkers/convergence.ts";
export type { FinalState, ReplicaState } from "./checkers/final-state.ts";
export { type Evidence, judge } from "./checkers/judge.ts";
export type { Violation } from "./checkers/violation.ts";
export { EventLog, type LoggedEvent } from "./event-log.ts";
export {
  describeFault,
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  isFaultKind,
  type PlannedFault,
} from "./fault.ts";
export {
  type CallOutcome,
  type CallReceipt,
  History,
  type LateCall,
  type ReadRecord,
  type WriteRecord,
} from "./history.ts";
export {
  checkLinearizable,
  type Linearizability,
  type Operation,
  type SequentialModel,
} from "./linearizability/linearizable.ts";
export {
  checkRegisters,
  type KeyedOperation,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from "./linearizability/register.ts";
export { type Minimised, type MinimiseLimits, minimise } from "./minimise.ts";
export { PROTOCOL_STATES, type ProtocolState } from "./protocol-state.ts";
export { Scenario, type ScenarioOptions } from "./scenario.ts";
export { ScenarioClient, type Told, type ToldValues } from "./scenario-client.ts";
export { type SeedResult, type SeedsOptions, simulateSeeds } from "./simulate-seeds.ts";
export { type SimulationOptions, type SimulationReport, simulate } from "./simulation.ts";
export { shorten, timelineOf } from "./timeline.ts";
