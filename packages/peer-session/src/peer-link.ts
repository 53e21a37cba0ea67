import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import type { CallResult } from "./call-result.ts";
import { CallTable } from "./call-table.ts";
import { Circuit, type CircuitState } from "./circuit.ts";
import { LINK_LIMITS, type LinkLimits, TIMEOUT_MS_MAX } from "./limits.ts";
import type { LinkState, PeerLinkOptions } from "./peer-link-options.ts";
import type { AnyCall, AnyReply, Channel, InFrame, OutFrame } from "./ports.ts";
import { Pulse } from "./pulse.ts";

/** Full frames that are handed to the transport before the first of them is written. */
const FRAMES_A_TURN = 4;

/**
 * The dialling side of a session, to one address at a time. It owns the connection: it dials, says hello, dials again
 * with backoff when the session breaks, stays silent or an attempt gets stuck; and it gathers calls into frames. A frame
 * goes when the last one's `written` has come, else at the end of the turn: frames grow with load. Nothing is sent twice.
 */
export class PeerLink<Hello, Call extends AnyCall, Reply extends AnyReply, Theirs = Hello> {
  readonly #options: PeerLinkOptions<Hello, Call, Reply, Theirs>;
  readonly #limits: LinkLimits;
  readonly #calls: CallTable<Call, Reply>;
  readonly #circuit: Circuit | undefined;
  readonly #backoff: Backoff;
  readonly #alarm: Alarm;
  #address: string;
  #state: LinkState = "idle";
  #reason = "not asked to connect yet";
  #channel: Channel<OutFrame<Hello, Call>> | undefined;
  /** Counts sessions: events of an earlier one fall away. */
  #session = 0;
  #written: () => void = () => {};
  /** Frames that the session has not written out yet; the next call waits until there is none. */
  #unwritten = 0;
  #flushing = false;
  #pulse: Pulse;
  /** Of the attempt in `connecting`, of the next dial in `down`. */
  #attemptMs = 0;
  #upMs = 0;

  constructor(options: PeerLinkOptions<Hello, Call, Reply, Theirs>) {
    const limits = { ...LINK_LIMITS, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#address = options.address;
    if (options.circuit !== undefined) {
      this.#circuit = new Circuit(options.circuit, this.#onCircuit);
    }
    this.#calls = new CallTable({
      limits,
      circuit: this.#circuit,
      weigh: options.weigh ?? (() => 0),
      whyWaiting: () => this.#whyWaiting(),
      onLate: options.onLate,
    });
    this.#backoff = new Backoff(options.random, limits.backoffMs, limits.backoffMaxMs);
    this.#alarm = new Alarm(options.clock, options.timers, this.#ring);
    this.#pulse = new Pulse(0, limits.heartbeatMs, limits.silenceMs);
  }

  get address(): string {
    return this.#address;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Why the link is in its state, as a sentence for people. */
  get reason(): string {
    return this.#reason;
  }

  /** Calls handed to the transport and not answered, those given up as late included. */
  get inFlight(): number {
    return this.#calls.inFlight;
  }

  /** Calls that wait for the connection, or for room in flight. */
  get queued(): number {
    return this.#calls.queued;
  }

  /** `closed` when the link has no circuit. */
  get circuit(): CircuitState {
    return this.#circuit?.state ?? "closed";
  }

  /** Whether a call would be refused at once, because it is known that the peer does not answer. */
  get refusesCalls(): boolean {
    if (this.#state === "closed") return true;
    return this.#circuit?.refuses(this.#options.clock.monotonicMs()) ?? false;
  }

  /** Dials now, also out of a backoff: worth calling on news that the peer is back. `call` does it when idle. */
  connect(): void {
    if (this.#state === "idle" || this.#state === "down") this.#dial();
  }

  /**
   * Sends one call and says what became of it; never rejects. It may wait for the connection up to its
   * deadline. The caller's object is copied when it is sent, so one may go to several links; its body must
   * not change before the result. `urgent` calls pass waiting ones and have room of their own in flight:
   * for the few on which liveness hangs.
   */
  call(call: Call, timeoutMs: number, urgent = false): Promise<CallResult<Reply>> {
    if (this.#state === "closed") {
      return Promise.resolve({ type: "notSent", reason: this.#reason });
    }
    if (!(timeoutMs > 0)) {
      return Promise.resolve({ type: "notSent", reason: "its deadline had passed already" });
    }
    if (this.#state === "idle") this.#dial();
    const nowMs = this.#options.clock.monotonicMs();
    if (!urgent && this.#circuit?.admits(nowMs) === false) {
      return Promise.resolve({ type: "notSent", reason: this.#whyRefused() });
    }
    const patienceMs = Math.min(timeoutMs, TIMEOUT_MS_MAX);
    const result = this.#calls.add(call, patienceMs, nowMs, urgent);
    this.#alarm.by(this.#calls.dueMs);
    this.#flushAtEndOfTurn();
    return result;
  }

  /** The peer lives elsewhere now: leaves the present session, whose calls are lost, and dials at once. */
  readdress(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    if (this.#state === "idle" || this.#state === "closed") return;
    this.#backoff.reset();
    this.#drop(`the peer moved to ${address}`);
    this.#circuit?.disconnected(this.#options.clock.monotonicMs(), "the peer moved");
    this.#dial();
  }

  /** For good. Waiting calls are `notSent`, those in flight `lost`. */
  close(reason = "the link was closed"): void {
    if (this.#state === "closed") return;
    this.#drop(reason);
    this.#alarm.cancel();
    this.#enter("closed", reason);
    this.#calls.abandon(reason);
  }

  #dial(): void {
    const { clock, dialer, hello } = this.#options;
    const session = ++this.#session;
    this.#unwritten = 1;
    this.#attemptMs = clock.monotonicMs() + this.#limits.connectTimeoutMs;
    const channel = dialer.dial(this.#address, {
      frame: (frame) => {
        if (session === this.#session) this.#receive(frame);
      },
      closed: (reason) => {
        if (session === this.#session) this.#fail(reason);
      },
    });
    this.#channel = channel;
    this.#written = () => {
      if (session !== this.#session || --this.#unwritten > 0) return;
      this.#flush();
      this.#arm();
    };
    channel.send({ hello: hello(), requests: [] }, this.#written);
    this.#circuit?.dialled(clock.monotonicMs());
    this.#enter("connecting", `dialling ${this.#address}`);
    this.#arm();
  }

  #receive(frame: InFrame<Theirs, Reply>): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#state === "connecting") {
      const refused =
        frame.hello === undefined
          ? "its first frame carries no hello"
          : this.#options.check(frame.hello);
      if (refused !== undefined) {
        this.#fail(refused);
        return;
      }
      this.#pulse = new Pulse(nowMs, this.#limits.heartbeatMs, this.#limits.silenceMs);
      this.#upMs = nowMs;
      this.#circuit?.connected();
      this.#enter("up", `connected to ${this.#address}`);
    } else {
      this.#pulse.heard(nowMs);
    }
    this.#options.onArrival?.(nowMs);
    for (const reply of frame.responses) this.#calls.settle(reply, nowMs);
    this.#flushAtEndOfTurn();
    this.#arm();
  }

  readonly #flushNow = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  #flushAtEndOfTurn(): void {
    if (this.#flushing || this.#unwritten > 0 || this.#state !== "up" || this.#calls.queued === 0)
      return;
    this.#flushing = true;
    this.#options.timers.endOfTurn(this.#flushNow);
  }

  #flush(): void {
    if (this.#unwritten > 0 || this.#state !== "up" || this.#calls.queued === 0) return;
    const nowMs = this.#options.clock.monotonicMs();
    // A turn of a busy process is long: one frame in each would be all that it sends.
    for (let frames = 0; frames < FRAMES_A_TURN; frames++) {
      const requests = this.#calls.take(nowMs);
      if (requests.length > 0) this.#send(requests, nowMs);
      if (requests.length < this.#limits.frameCallsMax) return;
    }
  }

  #send(requests: Call[], nowMs: number): void {
    this.#unwritten++;
    this.#pulse.sent(nowMs);
    this.#channel?.send({ requests }, this.#written);
  }

  readonly #ring = (nowMs: number, lateMs: number): void => {
    if (lateMs > this.#limits.heartbeatMs) {
      // Our own stall is no evidence against the peer: its frames may lie unread.
      this.#pulse.forgive(nowMs);
      this.#circuit?.forgive(nowMs);
      if (this.#state === "connecting") {
        this.#attemptMs = Math.max(this.#attemptMs, nowMs + this.#limits.heartbeatMs);
      }
    }
    this.#calls.expire(nowMs);
    this.#circuit?.tick(nowMs);
    if (this.#state === "down" && nowMs >= this.#attemptMs) {
      this.#dial();
    } else if (this.#state === "connecting" && nowMs >= this.#attemptMs) {
      this.#fail(`no answer from ${this.#address} within ${this.#limits.connectTimeoutMs} ms`);
    } else if (this.#state === "up" && nowMs >= this.#pulse.silentAtMs) {
      this.#fail(`${this.#address} was silent for ${this.#limits.silenceMs} ms`);
    } else if (this.#state === "up" && this.#unwritten === 0 && nowMs >= this.#pulse.beatDueMs) {
      this.#send([], nowMs);
    }
    this.#flushAtEndOfTurn();
    this.#arm();
  };

  /** The one place that sets the timer: to the earliest of all that is due in this state. */
  #arm(): void {
    if (this.#state === "closed") return;
    this.#alarm.by(this.#calls.dueMs);
    if (this.#circuit !== undefined) this.#alarm.by(this.#circuit.dueMs);
    if (this.#state === "up") {
      this.#alarm.by(this.#pulse.silentAtMs);
      // Behind a frame that is not yet written a heartbeat would say nothing; `written` arms it again.
      if (this.#unwritten === 0) this.#alarm.by(this.#pulse.beatDueMs);
    } else if (this.#state !== "idle") {
      this.#alarm.by(this.#attemptMs);
    }
  }

  /** The session or the attempt is over; the next attempt waits for its turn. */
  #fail(reason: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    // A session that breaks as soon as it is up must not be dialled in a tight loop.
    const stood = this.#state === "up" && nowMs - this.#upMs >= this.#limits.backoffMaxMs;
    if (stood) this.#backoff.reset();
    this.#drop(reason);
    this.#attemptMs = nowMs + this.#backoff.nextMs();
    this.#enter("down", reason);
    this.#circuit?.disconnected(nowMs, reason);
    this.#arm();
  }

  #drop(reason: string): void {
    this.#session++;
    this.#channel?.close(reason);
    this.#channel = undefined;
    this.#calls.lose(reason);
  }

  #enter(state: LinkState, reason: string): void {
    if (state === this.#state && reason === this.#reason) return;
    this.#state = state;
    this.#reason = reason;
    this.#options.onState?.(state, reason);
  }

  readonly #onCircuit = (state: CircuitState, reason: string): void => {
    if (state === "open") this.#calls.dismiss(this.#whyRefused());
    this.#options.onCircuit?.(state, reason);
  };

  #whyRefused(): string {
    return `${this.#address} is not asked at present: ${this.#circuit?.reason}`;
  }

  #whyWaiting(): string {
    if (this.#state !== "up") return `no connection to ${this.#address}: ${this.#reason}`;
    return `${this.#calls.inFlight} calls wait for ${this.#address} to answer`;
  }
}
