import type { CallResult } from "@coterie/peer-session";
import { type ClientReply, Error_Code, type Error as Failure } from "@coterie/wire";
import type { ErrorCode } from "./coterie-error.ts";

/** What one attempt came to. */
export type Verdict =
  | { readonly type: "done"; readonly reply: ClientReply }
  /** No other attempt would end differently. */
  | { readonly type: "final"; readonly code: ErrorCode; readonly detail: string }
  | {
      readonly type: "again";
      readonly code: "UNAVAILABLE" | "OVERLOADED";
      readonly detail: string;
      /** Somebody may have carried it out. */
      readonly doubt: boolean;
      /** Milliseconds until a repetition is worth it, where no other node is left to ask. */
      readonly waitMs: number;
      /** Milliseconds for which the node is not to be asked before others. */
      readonly spareMs: number;
      readonly required?: number;
      readonly received?: number;
    };

type Again = Extract<Verdict, { type: "again" }>;

/** What a node that refuses for want of replicas is given before it is asked again. */
const UNAVAILABLE_WAIT_MS = 50;
/** A node that cannot reach enough replicas refuses quickly; others may reach them. */
const UNAVAILABLE_SPARE_MS = 1_000;
/** A node that starts or stops. */
const NOT_READY_SPARE_MS = 250;

/** What a session that has too much to send is given before it is asked to send more. */
export const CONGESTED_WAIT_MS = 100;

/**
 * `writes`: the call changes something, so that a lost answer leaves a doubt. `isUp`: the node answers, so that what
 * was not sent found too much before it.
 */
export function judge(result: CallResult<ClientReply>, writes: boolean, isUp: boolean): Verdict {
  if (result.type !== "reply") {
    const doubt = writes && result.type === "lost";
    const isCongested = isUp && result.type === "notSent";
    const code = isCongested ? "OVERLOADED" : "UNAVAILABLE";
    const waitMs = isCongested ? CONGESTED_WAIT_MS : 0;
    return { type: "again", code, waitMs, spareMs: 0, detail: result.reason, doubt };
  }
  const { reply } = result;
  return reply.body.case === "error"
    ? judgeFailure(reply.body.value, writes)
    : { type: "done", reply };
}

function judgeFailure(failure: Failure, writes: boolean): Verdict {
  const { message: detail, required, received } = failure;
  const again = {
    type: "again",
    code: "UNAVAILABLE",
    detail,
    required,
    received,
    spareMs: 0,
  } as const;
  switch (failure.code) {
    case Error_Code.UNAVAILABLE:
      return {
        ...again,
        doubt: false,
        waitMs: UNAVAILABLE_WAIT_MS,
        spareMs: UNAVAILABLE_SPARE_MS,
      };
    case Error_Code.IN_DOUBT:
      return { ...again, doubt: true, waitMs: UNAVAILABLE_WAIT_MS };
    case Error_Code.OVERLOADED:
      return overloaded(again, failure.retryAfterMs || 100);
    case Error_Code.NOT_READY:
      return { ...again, doubt: false, waitMs: 0, spareMs: NOT_READY_SPARE_MS };
    case Error_Code.WRONG_CLUSTER:
      return { type: "final", code: "WRONG_CLUSTER", detail };
    case Error_Code.BUCKET_EXISTS:
      return { type: "final", code: "MODE_MISMATCH", detail };
    case Error_Code.INVALID:
    case Error_Code.BUCKET_UNKNOWN:
      return { type: "final", code: "INVALID", detail };
    default:
      return { ...again, doubt: writes, waitMs: UNAVAILABLE_WAIT_MS };
  }
}

function overloaded(again: Omit<Again, "doubt" | "waitMs">, retryAfterMs: number): Again {
  const asked = { waitMs: retryAfterMs, spareMs: retryAfterMs };
  return { ...again, ...asked, code: "OVERLOADED", doubt: false };
}
