export type { Hint } from "./hint.ts";
export { type DrainReport, HintDrainer, type HintDrainerOptions } from "./hint-drainer.ts";
export type { Delivery, HandoffPorts, HintSlice } from "./ports.ts";
