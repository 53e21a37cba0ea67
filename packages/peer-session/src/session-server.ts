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
import type { Session, SessionServerOptions } from "./session-server-options.ts";

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
