export { EventQueue, type TimedEvent } from "./testing/event-queue.ts";
export {
  changed,
  liveSwim,
  memberRecord,
  messageFrom,
  sent,
  tickUntil,
} from "./testing/live-swim.ts";
export {
  healthyNetwork,
  type NetworkFaults,
  SimulatedNetwork,
} from "./testing/simulated-network.ts";
export { SimulatedProcess } from "./testing/simulated-process.ts";
export {
  type SimulationOptions,
  type StartOptions,
  SwimSimulation,
} from "./testing/swim-simulation.ts";
