/** The longest that timers can wait, 24 days. */
export const TIMEOUT_MS_MAX = 0x7fff_ffff;

/** Bounds and times of a dialling end. All times in milliseconds. */
export interface LinkLimits {
  /** One attempt, from dialling to the other side's hello. Shorter gives up on slow networks, longer stays with stuck connections. */
  readonly connectTimeoutMs: number;
  /** The delay before the second attempt; it doubles from there. */
  readonly backoffMs: number;
  /** The longest delay between attempts: how late a peer that came back is noticed. */
  readonly backoffMaxMs: number;
  /** An empty frame is sent after this long without data. More often finds a dead peer sooner and wakes idle machines. */
  readonly heartbeatMs: number;
  /** A session that brings nothing for this long is broken. At least three heartbeats, or one late frame breaks it. */
  readonly silenceMs: number;
  /** Calls handed to the transport and not answered; the rest wait here. */
  readonly inFlightMax: number;
  /** Calls that wait; one more is refused as `notSent`. */
  readonly queuedMax: number;
  /** Urgent calls that wait, and that may be in flight beyond `inFlightMax`. */
  readonly urgentMax: number;
  /** Weight of all calls held here, waiting or in flight. */
  readonly heldBytesMax: number;
  /** Weight of one call; a heavier one is refused as `notSent`. Must stay below what the transport takes in one message. */
  readonly callBytesMax: number;
  readonly frameCallsMax: number;
  /** A frame is closed before it outgrows this, so that one large value does not hold up what is behind it. */
  readonly frameBytesMax: number;
  /** How long past its deadline a reply is still known as one, and its call still counts as in flight. */
  readonly lateMs: number;
}

export const LINK_LIMITS: LinkLimits = {
  connectTimeoutMs: 2000,
  backoffMs: 50,
  backoffMaxMs: 1000,
  heartbeatMs: 500,
  silenceMs: 4000,
  inFlightMax: 1024,
  queuedMax: 8192,
  urgentMax: 64,
  heldBytesMax: 128 * 1024 * 1024,
  callBytesMax: 7 * 1024 * 1024,
  frameCallsMax: 256,
  frameBytesMax: 512 * 1024,
  lateMs: 30_000,
};

/** Bounds and times of a dialled end. */
export interface ServerLimits {
  /** A session whose first frame does not come within this is closed. */
  readonly helloTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  /**
   * Calls of one session that are being handled or whose reply is not yet written; at this many it reads no
   * further. Above the links' `inFlightMax + urgentMax`, so that a link's own bound is met first and its
   * urgent calls are read.
   */
  readonly inFlightMax: number;
  /** Weight of those calls and their replies; at this much it reads no further. */
  readonly heldBytesMax: number;
  /** Weight of one reply; a heavier one is replaced by a rejection. */
  readonly replyBytesMax: number;
  readonly frameRepliesMax: number;
  readonly frameBytesMax: number;
  /** For calls that bring no timeout. */
  readonly timeoutMsDefault: number;
}

export const SERVER_LIMITS: ServerLimits = {
  helloTimeoutMs: 5000,
  heartbeatMs: 500,
  silenceMs: 4000,
  inFlightMax: 2048,
  heldBytesMax: 128 * 1024 * 1024,
  replyBytesMax: 7 * 1024 * 1024,
  frameRepliesMax: 256,
  frameBytesMax: 512 * 1024,
  timeoutMsDefault: 5000,
};
