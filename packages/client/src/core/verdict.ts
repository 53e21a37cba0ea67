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
      /** Milliseconds; 0: another node may be asked at once. */
      readonly waitMs: number;
      readonly required?: number;
      readonly received?: number;
    };

/** What a node that refuses for want of replicas is given before it is asked again. */
const UNAVAILABLE_WAIT_MS = 50;

/** `writes`: the call changes something, so that a lost answer leaves a doubt. */
export function judge(result: CallResult<ClientReply>, writes: boolean): Verdict {
  if (result.type !== "reply") {
    const doubt = writes && result.type === "lost";
    return { type: "again", code: "UNAVAILABLE", detail: result.reason, doubt, waitMs: 0 };
  }
  const { reply } = result;
  return reply.body.case === "error"
    ? judgeFailure(reply.body.value, writes)
    : { type: "done", reply };
}

function judgeFailure(failure: Failure, writes: boolean): Verdict {
  const { message: detail, required, received } = failure;
  const again = { type: "again", code: "UNAVAILABLE", detail, required, received } as const;
  switch (failure.code) {
    case Error_Code.UNAVAILABLE:
      return { ...again, doubt: false, waitMs: UNAVAILABLE_WAIT_MS };
    case Error_Code.IN_DOUBT:
      return { ...again, doubt: true, waitMs: UNAVAILABLE_WAIT_MS };
    case Error_Code.OVERLOADED:
      return { ...again, code: "OVERLOADED", doubt: false, waitMs: failure.retryAfterMs || 100 };
    case Error_Code.NOT_READY:
      return { ...again, doubt: false, waitMs: 0 };
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
