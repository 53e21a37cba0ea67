import type { Clock, Timers } from "@coterie/core";
import type { ServerLimits } from "./limits.ts";

/** A session that said hello, as its handlers see it. */
export interface Session<Theirs> {
  /** The other side's hello. */
  readonly peer: Theirs;
  /** The other end's address, for people. */
  readonly from: string;
  /** Calls being handled, or answered and not yet written. */
  readonly inFlight: number;
  close(reason: string): void;
}

export interface CallContext<Theirs> {
  /** Monotonic: when the caller stops waiting. A reply after it is still sent, and reaches the caller as late. */
  readonly deadlineMs: number;
  readonly peer: Theirs;
  readonly session: Session<Theirs>;
}

/** Why the server answers a call itself. */
export interface Rejection {
  /** `failed`: the handler threw; whether it did anything is for the handler to know. The others: it did not run, or its reply was dropped. */
  readonly type: "draining" | "failed" | "tooLarge";
  /** A sentence. */
  readonly detail: string;
}

/** The answer to a hello. With `refused` set the session ends after it. */
export interface Greeting<Hello> {
  readonly hello: Hello;
  readonly refused?: string | undefined;
}

export interface SessionServerOptions<Hello, Call, Reply, Theirs = Hello> {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Judges the other side's hello and answers it. */
  readonly greet: (theirs: Theirs, from: string) => Greeting<Hello>;
  /** Carries out one call. The id of the reply is filled in. Calls of a session start in order and end in any. */
  readonly handle: (call: Call, context: CallContext<Theirs>) => Promise<Reply> | Reply;
  /** Words a rejection as a reply. */
  readonly reject: (call: Call, rejection: Rejection) => Reply;
  /** About how many bytes these take on the wire. Without them only numbers are bounded. */
  readonly weighCall?: (call: Call) => number;
  readonly weighReply?: (reply: Reply) => number;
  readonly onOpen?: (session: Session<Theirs>) => void;
  readonly onClose?: (session: Session<Theirs>, reason: string) => void;
  /** After each frame that arrives after the hello. Monotonic. */
  readonly onArrival?: (session: Session<Theirs>, nowMs: number) => void;
  /** A handler threw: a bug of its own, to be logged. */
  readonly onFault?: (error: unknown, call: Call) => void;
  readonly limits?: Partial<ServerLimits>;
}
