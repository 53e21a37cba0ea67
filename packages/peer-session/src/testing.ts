export { copyMessage } from "./testing/copy-message.ts";
export { MemoryNetwork, type MemoryNetworkOptions } from "./testing/memory-network.ts";
export { type TransportHarness, transportContract } from "./testing/transport-contract.ts";
