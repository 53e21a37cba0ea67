/**
 * What went wrong, for programs.
 * - `UNAVAILABLE`: too few replicas in time; nothing was written.
 * - `IN_DOUBT`: fewer than W acknowledged and some may have the write. The same call with the same `operationId` is safe.
 * - `OVERLOADED`: refused before anything was done: too many calls at once, here or at the nodes.
 * - `INVALID`: the call can never succeed as it is.
 * - `SCHEMA`: the value is not what the bucket's schema asks for; `cause` has the issues.
 * - `UNREADABLE`: the stored bytes are not in the bucket's encoding.
 * - `MODE_MISMATCH`: the cluster's bucket settles conflicts in another way than the one opened here.
 * - `ABORTED`: the call's signal fired. A write that was sent may have been done.
 * - `WRONG_CLUSTER`: these nodes are another cluster, or speak another protocol version.
 * - `CLOSED`: the store was closed. A write that was sent may have been done.
 */
export type ErrorCode =
  | "UNAVAILABLE"
  | "IN_DOUBT"
  | "OVERLOADED"
  | "INVALID"
  | "SCHEMA"
  | "UNREADABLE"
  | "MODE_MISMATCH"
  | "ABORTED"
  | "WRONG_CLUSTER"
  | "CLOSED";

export interface ErrorDetail {
  /** Answers that were needed. */
  readonly required?: number | undefined;
  /** Answers that came. */
  readonly received?: number | undefined;
  /** Milliseconds after which it is worth calling again, as an overloaded node asked. */
  readonly retryAfterMs?: number | undefined;
  /** Of the write: 32 hexadecimal digits. Give it to a retry. */
  readonly operationId?: string | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "IN_DOUBT", "OVERLOADED"]);

/** The one error that this package throws. `message` is a sentence that says what failed and what to do. */
export class CoterieError extends Error {
  override readonly name = "CoterieError";
  readonly code: ErrorCode;
  /** Whether the same call, with the same `operationId`, may succeed later. */
  readonly retryable: boolean;
  readonly required: number | undefined;
  readonly received: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly operationId: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.required = detail.required;
    this.received = detail.received;
    this.retryAfterMs = detail.retryAfterMs;
    this.operationId = detail.operationId;
  }
}

/** An error without its stack, which takes longer than all else of a refusal: for those that come by the thousand when there is too much to do. */
export function stacklessError(
  code: ErrorCode,
  message: string,
  detail: ErrorDetail,
): CoterieError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new CoterieError(code, message, detail);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
