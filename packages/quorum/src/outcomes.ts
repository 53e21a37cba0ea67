import type { HlcStamp } from "@coterie/hybrid-clock";
import type { Receipt } from "./receipt.ts";
import type { MintRefusal } from "./replicas.ts";

/**
 * Why nothing was done. `unreachable`: fewer than the required replicas can answer. `deadline`: the time
 * ran out first. The rest is what this node's own shard said: another coordinator may do better.
 */
export type FailureReason = "unreachable" | "deadline" | Exclude<MintRefusal, RequestFault>;

/** What a shard finds wrong with a request: no other coordinator would take it either. */
export type RequestFault = "contextFromFuture" | "siblingLimit" | "valueLimit" | "invalid";

/** A request that came to nothing. Of a put: no replica has the write, and none will. */
export interface Failed {
  readonly type: "failed";
  readonly reason: FailureReason;
  readonly required: number;
  readonly received: number;
  /** A sentence for people. */
  readonly detail: string;
}

/** A request that can never succeed as it is; nothing was sent. */
export interface Invalid {
  readonly type: "invalid";
  /** A sentence for people. */
  readonly detail: string;
}

/** How a put ended (trap 12: three outcomes, never two; `invalid` never began). */
export type PutOutcome =
  | {
      readonly type: "ok";
      /** Covers the request's context and this write, nothing else; encoded. */
      readonly context: Uint8Array;
      /** Beside the context: operations that it may not cover under all their dots. */
      readonly follows: readonly string[];
      readonly stamp: HlcStamp;
      readonly receipt: Receipt;
    }
  | Failed
  | {
      /** Fewer than W confirmed it, and some replica may have it. */
      readonly type: "inDoubt";
      readonly required: number;
      readonly received: number;
      /** A retry with it is safe: it is the same write. */
      readonly operationId: string;
      readonly detail: string;
    }
  | Invalid;

/** How a get ended. */
export type GetOutcome =
  | {
      readonly type: "ok";
      /** All that the counted replicas know, tombstones and expired versions included: an encoded set. */
      readonly versions: Uint8Array;
      readonly receipt: Receipt;
    }
  | Failed
  | Invalid;

const REQUEST_FAULTS: readonly string[] = [
  "contextFromFuture",
  "siblingLimit",
  "valueLimit",
  "invalid",
] satisfies RequestFault[];

/** Whether a refused mint is the request's fault. */
export function isRequestFault(refusal: MintRefusal): refusal is RequestFault {
  return REQUEST_FAULTS.includes(refusal);
}
