import { isNodeId, type NodeId, type Random } from "@coterie/core";
import type { SwimConfig } from "./config.ts";
import { isAddress, METADATA_BYTES_MAX } from "./member-record.ts";

/** Who this member is, and how it behaves where that is not the default. */
export interface SwimOptions extends Partial<SwimConfig> {
  /** Stable for the member's life, over restarts and changes of address. */
  readonly id: NodeId;
  /** Where others reach it: 1 to 128 printable ASCII characters, opaque to the protocol. */
  readonly address: string;
  /** What the last `persist` of an earlier life stored; 0 on the first start. */
  readonly incarnation: number;
  /** The application's own bytes, at most 512, told to every member. None by default. */
  readonly metadata?: Uint8Array;
  readonly random: Random;
}

// Whoever passes these is a programmer or an operator, so each refusal is a sentence.

export function demandIdentity({ id, address, incarnation, metadata }: SwimOptions): void {
  demand(isNodeId(id), `"${id}" cannot be a member's id`);
  demandAddress(address);
  demandMetadata(metadata ?? new Uint8Array());
  demand(Number.isSafeInteger(incarnation) && incarnation >= 0, "incarnation must be 0, 1, 2, …");
}

export function demand(holds: boolean, sentence: string): void {
  if (!holds) throw new RangeError(sentence);
}

export function demandAddress(address: string): void {
  demand(isAddress(address), `"${address}" cannot be a member's address`);
}

export function demandMetadata(metadata: Uint8Array): void {
  demand(
    metadata.length <= METADATA_BYTES_MAX,
    `metadata is limited to ${METADATA_BYTES_MAX} bytes`,
  );
}
