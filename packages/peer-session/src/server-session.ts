import { assert } from "@coterie/core";
import { Alarm } from "./alarm.ts";
import { Fifo } from "./fifo.ts";
import type { ServerLimits } from "./limits.ts";
import type { AnyCall, AnyReply, Channel, ChannelEvents, InFrame, OutFrame } from "./ports.ts";
import { Pulse } from "./pulse.ts";
import type { Session, SessionServerOptions } from "./session-server-options.ts";

interface Answer<Reply> {
  readonly reply: Reply;
  readonly replyBytes: number;
  /** Call and reply: released when the reply is written. */
  readonly heldBytes: number;
}

/**
 * One dialled session. Invariants:
 * 1. Each call that was read gets one reply, unless the session ends first.
 * 2. A call counts as in flight until its reply is *written*, so that a caller which sends and never reads
 *    fills its own bound and nothing else.
 * 3. Silence counts only while reading: a paused end cannot tell silence from its own deafness.
 */
export class ServerSession<Hello, Call extends AnyCall, Reply extends AnyReply, Theirs>
  implements ChannelEvents<OutFrame<Theirs, Call>>, Session<Theirs>
{
  readonly from: string;
  readonly #options: SessionServerOptions<Hello, Call, Reply, Theirs>;
  readonly #limits: ServerLimits;
  readonly #channel: Channel<InFrame<Hello, Reply>>;
  readonly #ended: (session: ServerSession<Hello, Call, Reply, Theirs>) => void;
  readonly #alarm: Alarm;
  readonly #pulse: Pulse;
  readonly #answers = new Fifo<Answer<Reply>>();
  #helloByMs: number;
  #peer: Theirs | undefined;
  #writable = true;
  #flushing = false;
  #paused = false;
  #closed = false;
  /** Set when the session ends as soon as nothing is in flight. */
  #endReason: string | undefined;
  #inFlight = 0;
  #heldBytes = 0;
  #writingCount = 0;
  #writingBytes = 0;

  constructor(
    options: SessionServerOptions<Hello, Call, Reply, Theirs>,
    limits: ServerLimits,
    channel: Channel<InFrame<Hello, Reply>>,
    from: string,
    ended: (session: ServerSession<Hello, Call, Reply, Theirs>) => void,
  ) {
    const nowMs = options.clock.monotonicMs();
    this.from = from;
    this.#options = options;
    this.#limits = limits;
    this.#channel = channel;
    this.#ended = ended;
    this.#alarm = new Alarm(options.clock, options.timers, this.#ring);
    this.#pulse = new Pulse(nowMs, limits.heartbeatMs, limits.silenceMs);
    this.#helloByMs = nowMs + limits.helloTimeoutMs;
    this.#arm();
  }

  get peer(): Theirs {
    assert(this.#peer !== undefined, "a session is shown to nobody before its hello");
    return this.#peer;
  }

  get isOpen(): boolean {
    return this.#peer !== undefined && !this.#closed;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  frame(frame: OutFrame<Theirs, Call>): void {
    if (this.#closed) return;
    const nowMs = this.#options.clock.monotonicMs();
    this.#pulse.heard(nowMs);
    if (this.#peer === undefined) {
      // After a refusal this end only waits for it to be written.
      if (this.#endReason !== undefined) return;
      if (frame.hello === undefined) {
        this.close("its first frame carries no hello");
        return;
      }
      if (!this.#greet(frame.hello)) return;
    }
    this.#options.onArrival?.(this, nowMs);
    for (const call of frame.requests) {
      if (this.#closed) return;
      const callBytes = this.#options.weighCall?.(call) ?? 0;
      this.#inFlight++;
      this.#heldBytes += callBytes;
      this.#carryOut(call, callBytes, nowMs);
    }
    this.#regulate();
  }

  /** A caller that sends its calls, ends its half and reads on: what it asked is answered. */
  ended(): void {
    this.drain("the other end has ended the session");
  }

  closed(reason: string): void {
    this.#end(reason);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#channel.close(reason);
    this.#end(reason);
  }

  /** Rejects what arrives from now on, and closes when nothing is in flight. */
  drain(reason: string): void {
    this.#endReason ??= reason;
    this.#closeWhenDone();
  }

  #greet(theirs: Theirs): boolean {
    const { hello, refused } = this.#options.greet(theirs, this.from);
    this.#send({ hello, responses: [] });
    if (refused !== undefined) {
      this.drain(refused);
      return false;
    }
    this.#peer = theirs;
    this.#options.onOpen?.(this);
    return true;
  }

  /**
   * A call without a timeout has the default one. Here and on the whole way of a put and a get no function is `async`:
   * their frames and promises were more than a third of what a node's event loop allocated for a put.
   */
  #carryOut(call: Call, callBytes: number, nowMs: number): void {
    const { handle, reject } = this.#options;
    if (this.#endReason !== undefined) {
      const rejection = { type: "draining", detail: this.#endReason } as const;
      this.#answer(call, callBytes, reject(call, rejection));
      return;
    }
    const deadlineMs =
      nowMs + (call.timeoutMs > 0 ? call.timeoutMs : this.#limits.timeoutMsDefault);
    const failed = (error: unknown): void => {
      this.#options.onFault?.(error, call);
      const rejection = { type: "failed", detail: "the handler of this call failed" } as const;
      this.#answer(call, callBytes, reject(call, rejection));
    };
    try {
      const handled = handle(call, { deadlineMs, peer: this.peer, session: this });
      if (handled instanceof Promise) {
        handled.then((reply) => this.#answer(call, callBytes, reply), failed);
      } else {
        this.#answer(call, callBytes, handled);
      }
    } catch (error) {
      failed(error);
    }
  }

  #answer(call: Call, callBytes: number, reply: Reply): void {
    if (this.#closed) return;
    let answered = reply.id === call.id ? reply : { ...reply, id: call.id };
    let replyBytes = this.#options.weighReply?.(answered) ?? 0;
    if (replyBytes > this.#limits.replyBytesMax) {
      const detail = `the reply takes about ${replyBytes} bytes, the limit is ${this.#limits.replyBytesMax}`;
      answered = { ...this.#options.reject(call, { type: "tooLarge", detail }), id: call.id };
      replyBytes = this.#options.weighReply?.(answered) ?? 0;
    }
    this.#heldBytes += replyBytes;
    this.#answers.push({ reply: answered, replyBytes, heldBytes: callBytes + replyBytes });
    this.#regulate();
    if (this.#flushing || !this.#writable) return;
    this.#flushing = true;
    this.#options.timers.endOfTurn(this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  #flush(): void {
    if (!this.#writable || this.#closed || this.#answers.length === 0) return;
    const { frameRepliesMax, frameBytesMax } = this.#limits;
    const responses: Reply[] = [];
    let bytes = 0;
    for (let next = this.#answers.peek(); next !== undefined; next = this.#answers.peek()) {
      if (responses.length === frameRepliesMax) break;
      if (responses.length > 0 && bytes + next.replyBytes > frameBytesMax) break;
      this.#answers.shift();
      responses.push(next.reply);
      bytes += next.replyBytes;
      this.#writingBytes += next.heldBytes;
    }
    this.#writingCount = responses.length;
    this.#send({ responses });
  }

  #send(frame: InFrame<Hello, Reply>): void {
    this.#writable = false;
    this.#pulse.sent(this.#options.clock.monotonicMs());
    this.#channel.send(frame, this.#written);
  }

  readonly #written = (): void => {
    if (this.#closed) return;
    this.#writable = true;
    this.#inFlight -= this.#writingCount;
    this.#heldBytes -= this.#writingBytes;
    this.#writingCount = 0;
    this.#writingBytes = 0;
    this.#flush();
    this.#regulate();
    this.#closeWhenDone();
    this.#arm();
  };

  /** Reads on at half the bound, not just below it: pausing and resuming cost the transport something. */
  #regulate(): void {
    const { inFlightMax, heldBytesMax } = this.#limits;
    if (!this.#paused) {
      if (this.#inFlight < inFlightMax && this.#heldBytes < heldBytesMax) return;
      this.#paused = true;
      this.#channel.pause();
    } else if (this.#inFlight * 2 <= inFlightMax && this.#heldBytes * 2 <= heldBytesMax) {
      this.#paused = false;
      this.#pulse.heard(this.#options.clock.monotonicMs());
      this.#channel.resume();
      this.#arm();
    }
  }

  #closeWhenDone(): void {
    if (this.#endReason === undefined || this.#closed) return;
    if (this.#inFlight === 0 && this.#writable) this.close(this.#endReason);
  }

  readonly #ring = (nowMs: number, lateMs: number): void => {
    if (lateMs > this.#limits.heartbeatMs) {
      this.#pulse.forgive(nowMs);
      this.#helloByMs = Math.max(this.#helloByMs, nowMs + this.#limits.heartbeatMs);
    }
    if (this.#peer === undefined && nowMs >= this.#helloByMs) {
      this.close(`no hello within ${this.#limits.helloTimeoutMs} ms`);
    } else if (this.#peer !== undefined && !this.#paused && nowMs >= this.#pulse.silentAtMs) {
      this.close(`silent for ${this.#limits.silenceMs} ms`);
    } else if (this.#peer !== undefined && this.#writable && nowMs >= this.#pulse.beatDueMs) {
      this.#send({ responses: [] });
    }
    this.#arm();
  };

  #arm(): void {
    if (this.#closed) return;
    if (this.#peer === undefined) {
      this.#alarm.by(this.#helloByMs);
    } else {
      if (!this.#paused) this.#alarm.by(this.#pulse.silentAtMs);
      if (this.#writable) this.#alarm.by(this.#pulse.beatDueMs);
    }
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm.cancel();
    if (this.#peer !== undefined) this.#options.onClose?.(this, reason);
    this.#ended(this);
  }
}
