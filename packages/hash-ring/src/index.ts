export { keyToken } from "./key-token.ts";
export type { Owner, OwnerInput } from "./owner.ts";
export { partitionOf } from "./partition.ts";
export { Ring, type RingOptions } from "./ring.ts";
export { compareRings, type RingChange } from "./ring-change.ts";
