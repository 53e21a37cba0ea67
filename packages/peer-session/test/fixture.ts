import { SeededRandom, type Timers } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import type { CallResult } from "../src/call-result.ts";
import type { CircuitLimits } from "../src/circuit.ts";
import type { LinkLimits, ServerLimits } from "../src/limits.ts";
import { PeerLink } from "../src/peer-link.ts";
import { SessionServer } from "../src/session-server.ts";
import type { SessionServerOptions } from "../src/session-server-options.ts";
import { MemoryNetwork } from "../src/testing/memory-network.ts";

export interface Hello {
  name: string;
  refused?: string;
}
export interface Call {
  id: number;
  timeoutMs: number;
  say: string;
}
export interface Reply {
  id: number;
  say: string;
}

export const call = (say: string): Call => ({ id: 0, timeoutMs: 0, say });

type ServerOptions = SessionServerOptions<Hello, Call, Reply>;

/** A link "a", a server "b" and the network between them, on virtual time. */
export class Fixture {
  readonly time = new VirtualTime();
  readonly network: MemoryNetwork;
  readonly link: PeerLink<Hello, Call, Reply>;
  readonly states: string[] = [];
  readonly late: string[] = [];
  /** What the link's circuit went through. */
  readonly circuit: string[] = [];
  /** What the server was asked, in order. */
  readonly asked: string[] = [];
  /** Frames that the link sent: how many calls in each. */
  readonly frames: number[] = [];
  arrivals = 0;
  /** Raise it to have the link's process stand still for so long: its timers fire late. */
  stalledMs = 0;
  server!: SessionServer<Hello, Call, Reply>;
  stop: () => void = () => {};

  constructor(
    options: {
      seed?: number;
      limits?: Partial<LinkLimits>;
      circuit?: Partial<CircuitLimits>;
      timers?: (time: VirtualTime) => Timers;
    } = {},
  ) {
    this.network = new MemoryNetwork({ time: this.time });
    const dialer = this.network.dialer<
      { hello?: Hello | undefined; requests: Call[] },
      { hello?: Hello | undefined; responses: Reply[] }
    >("a");
    this.link = new PeerLink<Hello, Call, Reply>({
      address: "b",
      dialer: {
        dial: (address, events) => {
          const channel = dialer.dial(address, events);
          return {
            send: (frame, written) => {
              this.frames.push(frame.requests.length);
              channel.send(frame, written);
            },
            pause: () => channel.pause(),
            resume: () => channel.resume(),
            close: (reason) => channel.close(reason),
          };
        },
      },
      clock: {
        nowMs: () => this.time.nowMs() + this.stalledMs,
        monotonicMs: () => this.time.monotonicMs() + this.stalledMs,
      },
      timers: options.timers?.(this.time) ?? this.time,
      random: new SeededRandom(options.seed ?? 1),
      hello: () => ({ name: "a" }),
      check: (theirs) => theirs.refused,
      weigh: (asked) => asked.say.length,
      onState: (state, reason) => this.states.push(`${state}: ${reason}`),
      onLate: (asked, reply) => this.late.push(`${asked.say} -> ${reply.say}`),
      onArrival: () => this.arrivals++,
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.circuit ? { circuit: options.circuit } : {}),
      onCircuit: (state) => this.circuit.push(state),
    });
  }

  /** Starts the server "b"; by default it echoes at once. */
  serve(
    options: Partial<ServerOptions> & { bounds?: Partial<ServerLimits>; at?: string } = {},
  ): this {
    const handle = options.handle ?? ((asked: Call) => ({ id: 0, say: asked.say.toUpperCase() }));
    this.server = new SessionServer<Hello, Call, Reply>({
      clock: this.time,
      timers: this.time,
      greet: () => ({ hello: { name: "b" } }),
      reject: (_call, { type, detail }) => ({ id: 0, say: `${type}: ${detail}` }),
      weighCall: (asked) => asked.say.length,
      weighReply: (reply) => reply.say.length,
      ...(options.bounds ? { limits: options.bounds } : {}),
      ...options,
      handle: (asked, context) => {
        this.asked.push(asked.say);
        return handle(asked, context);
      },
    });
    const listening = this.network.listen(options.at ?? "b", this.server);
    this.stop = () => listening.close();
    return this;
  }

  /** Calls and, later, puts the outcome in words into the returned box. */
  call(say: string, timeoutMs = 1000, urgent = false): { outcome: string } {
    const box = { outcome: "pending" };
    void this.link.call(call(say), timeoutMs, urgent).then((result) => {
      box.outcome = inWords(result);
    });
    return box;
  }

  async up(): Promise<this> {
    this.link.connect();
    await this.time.run(10);
    return this;
  }
}

export function inWords(result: CallResult<Reply>): string {
  return result.type === "reply" ? result.reply.say : `${result.type}: ${result.reason}`;
}
