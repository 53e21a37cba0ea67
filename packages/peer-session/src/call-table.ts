import type { CallResult } from "./call-result.ts";
import type { Circuit } from "./circuit.ts";
import { Fifo } from "./fifo.ts";
import { InFlight } from "./in-flight.ts";
import type { LinkLimits } from "./limits.ts";
import type { AnyCall, AnyReply } from "./ports.ts";

interface Held<Call, Reply> {
  /** 0 while it waits. */
  id: number;
  readonly call: Call;
  readonly bytes: number;
  readonly madeMs: number;
  readonly deadlineMs: number;
  readonly urgent: boolean;
  /** Monotonic; undefined while it waits. */
  sentMs: number | undefined;
  /** Undefined once the caller has its result; the call may then still be in flight, its reply late. */
  settle: ((result: CallResult<Reply>) => void) | undefined;
}

/**
 * The calls of one link, waiting and in flight. Invariants:
 * 1. Each call gets exactly one result.
 * 2. A call that `take` has returned is never `notSent`; one that it has not returned is never `lost`.
 * 3. What is in flight is bounded, late calls included: a peer that answers nothing is sent no more.
 */
export class CallTable<Call extends AnyCall, Reply extends AnyReply> {
  readonly #limits: LinkLimits;
  readonly #weigh: (call: Call) => number;
  readonly #whyWaiting: () => string;
  readonly #onLate: ((call: Call, reply: Reply) => void) | undefined;
  readonly #circuit: Circuit | undefined;
  readonly #waiting = new Fifo<Held<Call, Reply>>();
  readonly #urgent = new Fifo<Held<Call, Reply>>();
  readonly #inFlight = new InFlight<Held<Call, Reply>>();
  #heldBytes = 0;
  #dueMs = Number.POSITIVE_INFINITY;
  // One executor for all promises: no closure for each call.
  #settle!: (result: CallResult<Reply>) => void;
  readonly #executor = (settle: (result: CallResult<Reply>) => void): void => {
    this.#settle = settle;
  };

  constructor(options: {
    limits: LinkLimits;
    weigh: (call: Call) => number;
    whyWaiting: () => string;
    onLate: ((call: Call, reply: Reply) => void) | undefined;
    /** Is told what becomes of calls that are not urgent. */
    circuit?: Circuit | undefined;
  }) {
    this.#limits = options.limits;
    this.#weigh = options.weigh;
    this.#whyWaiting = options.whyWaiting;
    this.#onLate = options.onLate;
    this.#circuit = options.circuit;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get queued(): number {
    return this.#waiting.length + this.#urgent.length;
  }

  /** When `expire` has work at the earliest; it may find none. `Infinity`: never. */
  get dueMs(): number {
    return this.#dueMs;
  }

  add(call: Call, timeoutMs: number, nowMs: number, urgent: boolean): Promise<CallResult<Reply>> {
    const bytes = this.#weigh(call);
    const refused = this.#refusal(bytes, urgent);
    if (refused !== undefined) return Promise.resolve({ type: "notSent", reason: refused });
    const promise = new Promise<CallResult<Reply>>(this.#executor);
    const deadlineMs = nowMs + timeoutMs;
    const held: Held<Call, Reply> = {
      id: 0,
      call,
      bytes,
      madeMs: nowMs,
      deadlineMs,
      urgent,
      sentMs: undefined,
      settle: this.#settle,
    };
    this.#heldBytes += bytes;
    if (deadlineMs < this.#dueMs) this.#dueMs = deadlineMs;
    (urgent ? this.#urgent : this.#waiting).push(held);
    return promise;
  }

  /** The next frame's calls, now in flight: copies with id and remaining time. Empty: nothing may go. */
  take(nowMs: number): Call[] {
    const frame: Call[] = [];
    const { inFlightMax, urgentMax } = this.#limits;
    const bytes = this.#takeFrom(this.#urgent, inFlightMax + urgentMax, frame, 0, nowMs);
    this.#takeFrom(this.#waiting, inFlightMax, frame, bytes, nowMs);
    return frame;
  }

  /** A reply has come. False when no call in flight has its id. */
  settle(reply: Reply, nowMs: number): boolean {
    const held = this.#inFlight.get(reply.id);
    if (held === undefined) return false;
    this.#inFlight.delete(held);
    this.#heldBytes -= held.bytes;
    if (!held.urgent) this.#circuit?.replied();
    if (held.settle === undefined) this.#onLate?.(held.call, reply);
    else held.settle({ type: "reply", reply, latencyMs: nowMs - held.madeMs });
    return true;
  }

  /** Gives every call whose deadline has passed its result, and works out `dueMs` afresh. */
  expire(nowMs: number): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const waits = (held: Held<Call, Reply>): boolean => {
      if (held.deadlineMs > nowMs) {
        this.#dueMs = Math.min(this.#dueMs, held.deadlineMs);
        return true;
      }
      this.#refuse(held, `not sent within ${timeoutOf(held)} ms: ${this.#whyWaiting()}`);
      return false;
    };
    if (this.#waiting.length > 0) this.#waiting.filter(waits);
    if (this.#urgent.length > 0) this.#urgent.filter(waits);
    this.#inFlight.forEach((held) => {
      if (held.deadlineMs <= nowMs && held.settle !== undefined) {
        if (!held.urgent) this.#circuit?.lost(held.sentMs!);
        held.settle({ type: "lost", reason: `no reply within ${timeoutOf(held)} ms` });
        held.settle = undefined;
      }
      const { lateMs } = this.#limits;
      const untilMs = held.settle === undefined ? held.deadlineMs + lateMs : held.deadlineMs;
      if (untilMs > nowMs) {
        this.#dueMs = Math.min(this.#dueMs, untilMs);
      } else {
        this.#inFlight.delete(held);
        this.#heldBytes -= held.bytes;
      }
    });
  }

  /** The session broke: whatever was in flight is lost. Waiting calls go on waiting. */
  lose(reason: string): void {
    for (const held of this.#inFlight.takeAll()) {
      this.#heldBytes -= held.bytes;
      held.settle?.({ type: "lost", reason });
    }
  }

  /** Nobody is to wait for this peer: what waits is not sent, urgent calls aside. */
  dismiss(reason: string): void {
    for (let held = this.#waiting.shift(); held !== undefined; held = this.#waiting.shift()) {
      this.#refuse(held, reason);
    }
  }

  /** There will be no further session: whatever waits is not sent. */
  abandon(reason: string): void {
    for (const queue of [this.#urgent, this.#waiting]) {
      for (let held = queue.shift(); held !== undefined; held = queue.shift()) {
        this.#refuse(held, reason);
      }
    }
  }

  #refusal(bytes: number, urgent: boolean): string | undefined {
    const limits = this.#limits;
    if (bytes > limits.callBytesMax) {
      return `a call of about ${bytes} bytes is above the limit of ${limits.callBytesMax}`;
    }
    if (
      urgent ? this.#urgent.length >= limits.urgentMax : this.#waiting.length >= limits.queuedMax
    ) {
      return `${this.queued} calls are waiting already: ${this.#whyWaiting()}`;
    }
    if (this.#heldBytes + bytes > limits.heldBytesMax) {
      return `${this.#heldBytes} bytes of calls are held already: ${this.#whyWaiting()}`;
    }
    return undefined;
  }

  #takeFrom(
    queue: Fifo<Held<Call, Reply>>,
    inFlightMax: number,
    frame: Call[],
    bytesBefore: number,
    nowMs: number,
  ): number {
    const { frameCallsMax, frameBytesMax } = this.#limits;
    let bytes = bytesBefore;
    while (frame.length < frameCallsMax && this.#inFlight.size < inFlightMax) {
      const held = queue.peek();
      if (held === undefined) break;
      if (frame.length > 0 && bytes + held.bytes > frameBytesMax) break;
      queue.shift();
      if (held.deadlineMs <= nowMs) {
        this.#refuse(held, `not sent within ${timeoutOf(held)} ms: ${this.#whyWaiting()}`);
        continue;
      }
      this.#inFlight.add(held);
      held.sentMs = nowMs;
      if (!held.urgent) this.#circuit?.sent(nowMs);
      const timeoutMs = Math.max(1, Math.ceil(held.deadlineMs - nowMs));
      frame.push({ ...held.call, id: held.id, timeoutMs });
      bytes += held.bytes;
    }
    return bytes;
  }

  #refuse(held: Held<Call, Reply>, reason: string): void {
    this.#heldBytes -= held.bytes;
    held.settle?.({ type: "notSent", reason });
    held.settle = undefined;
  }
}

function timeoutOf(held: { madeMs: number; deadlineMs: number }): number {
  return Math.round(held.deadlineMs - held.madeMs);
}
