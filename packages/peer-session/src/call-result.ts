/**
 * What became of a call. The difference between the last two is what a coordinator lives by: after
 * `notSent` the other side cannot have done it, after `lost` nobody here can tell.
 */
export type CallResult<Reply> =
  | {
      readonly type: "reply";
      readonly reply: Reply;
      /** From `call()` to the reply, waiting for the connection and for the turn to be sent included. */
      readonly latencyMs: number;
    }
  /** It provably never left this process: no connection within the deadline, queue full, too large, closed. */
  | { readonly type: "notSent"; readonly reason: string }
  /** It was handed to the transport and no reply came: it may have been carried out. */
  | { readonly type: "lost"; readonly reason: string };
