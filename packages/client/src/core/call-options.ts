/** How many replicas: one, a majority, or all N. */
export type Level = "one" | "quorum" | "all";

/** What every call takes. */
export interface CallOptions {
  /** Replicas by name. Default: the bucket's own numbers. */
  readonly level?: Level | undefined;
  /**
   * `sloppy` (default): a fallback may stand in for a primary that cannot be reached. `strict`: primaries
   * alone count, so that R + W > N means what it says.
   */
  readonly mode?: "sloppy" | "strict" | undefined;
  /** Ends the call with `ABORTED`. A write that was sent may be done all the same. */
  readonly signal?: AbortSignal | undefined;
  /** For the whole call, retries included. Longer rides out longer outages; shorter says sooner that it cannot. */
  readonly timeoutMs?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Answers to wait for; wins over `level`. */
  readonly r?: number | undefined;
  /** No later read sees anything older than this one returns, at the price of writing it back first. */
  readonly monotonic?: boolean | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Durable copies to wait for; wins over `level`. */
  readonly w?: number | undefined;
  /** 32 hexadecimal digits, to make a call that is repeated by the caller one write. Default: drawn for the call. */
  readonly operationId?: string | undefined;
}

export interface PutOptions extends WriteOptions {
  /** When the value ends, whole milliseconds since the Unix epoch. Default: never. */
  readonly expiresAtMs?: number | undefined;
}
