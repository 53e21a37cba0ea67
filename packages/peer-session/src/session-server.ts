import type { Clock, Timers } from "@coterie/core";
import { SERVER_LIMITS, type ServerLimits } from "./limits.ts";
import type {
  AnyCall,
  AnyReply,
  Channel,
  ChannelEvents,
  InFrame,
  Listener,
  OutFrame,
} from "./ports.ts";
import { ServerSession } from "./server-session.ts";

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

/**
 * The dialled side: checks each session's hello, hands its calls to one handler, gathers the replies into
 * frames, and reads no further from a session that has too much in flight.
 */
export class SessionServer<Hello, Call extends AnyCall, Reply extends AnyReply, Theirs = Hello>
  implements Listener<InFrame<Hello, Reply>, OutFrame<Theirs, Call>>
{
  readonly #options: SessionServerOptions<Hello, Call, Reply, Theirs>;
  readonly #limits: ServerLimits;
  readonly #sessions = new Set<ServerSession<Hello, Call, Reply, Theirs>>();
  #endReason: string | undefined;
  #drained: (() => void) | undefined;

  constructor(options: SessionServerOptions<Hello, Call, Reply, Theirs>) {
    this.#options = options;
    this.#limits = { ...SERVER_LIMITS, ...options.limits };
  }

  /** Sessions that said hello and were not refused. */
  get sessions(): Session<Theirs>[] {
    return [...this.#sessions].filter((session) => session.isOpen);
  }

  accept(
    channel: Channel<InFrame<Hello, Reply>>,
    from: string,
  ): ChannelEvents<OutFrame<Theirs, Call>> {
    const session = new ServerSession(this.#options, this.#limits, channel, from, (ended) => {
      this.#sessions.delete(ended);
      if (this.#sessions.size === 0) this.#drained?.();
    });
    this.#sessions.add(session);
    const endReason = this.#endReason;
    if (endReason !== undefined) this.#options.timers.endOfTurn(() => session.close(endReason));
    return session;
  }

  /**
   * Rejects further calls and sessions, and closes each session once what it has in flight is answered and
   * written; after `timeoutMs` whatever is left is closed. For good.
   */
  async drain(reason: string, timeoutMs: number): Promise<void> {
    this.#endReason = reason;
    if (this.#sessions.size === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    const timer = this.#options.timers.after(timeoutMs, () => this.close(reason));
    for (const session of [...this.#sessions]) session.drain(reason);
    await drained;
    timer.cancel();
  }

  /** Closes every session at once; what is in flight is answered to nobody. For good. */
  close(reason = "the server was closed"): void {
    this.#endReason ??= reason;
    for (const session of [...this.#sessions]) session.close(reason);
  }
}
