import { create } from "@bufbuild/protobuf";
import type { Clock, NodeId, Random, Timers } from "@coterie/core";
import {
  type CallResult,
  type Dialer,
  type LinkLimits,
  type LinkState,
  PeerLink,
} from "@coterie/peer-session";
import {
  type ClientCall,
  type ClientHello,
  ClientHelloSchema,
  type ClientReply,
  type ConnectRequest,
  type ConnectResponse,
  type Error_Code,
  PROTOCOL_VERSION,
  type ServerHello,
} from "@coterie/wire";
import { PeakEwma } from "./peak-ewma.ts";

/** The frames of a session, without what the generated messages carry for reflection. */
export type ClientDialer = Dialer<
  Omit<ConnectRequest, "$typeName" | "$unknown">,
  Omit<ConnectResponse, "$typeName" | "$unknown">
>;

export interface NodeLinkOptions {
  readonly address: string;
  readonly dialer: ClientDialer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly name: string;
  readonly limits: Partial<LinkLimits>;
  /** Empty until one is known. */
  readonly clusterId: () => Uint8Array;
  readonly onState: (link: NodeLink) => void;
}

/** Of all but its value: the key, the context and what is around them, roughly. */
const CALL_BYTES = 512;

/** The one session to a node, and what is known of how it answers. */
export class NodeLink {
  readonly #link: PeerLink<ClientHello, ClientCall, ClientReply, ServerHello>;
  readonly #clock: Clock;
  readonly #latency = new PeakEwma();
  #nodeId: NodeId | undefined;
  #refusal: Error_Code | undefined;
  #spareUntilMs = Number.NEGATIVE_INFINITY;
  #overloadedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: NodeLinkOptions) {
    const { name, clusterId, onState } = options;
    this.#clock = options.clock;
    this.#link = new PeerLink({
      ...options,
      hello: () =>
        create(ClientHelloSchema, {
          protocolVersion: PROTOCOL_VERSION,
          clusterId: clusterId(),
          name,
        }),
      check: (theirs) => {
        this.#nodeId = theirs.nodeId;
        this.#refusal = theirs.refused?.code;
        return theirs.refused?.message;
      },
      onState: () => onState(this),
      weigh: ({ body }) => CALL_BYTES + (body.case === "put" ? body.value.value.length : 0),
    });
  }

  get address(): string {
    return this.#link.address;
  }

  /** Who answered there; undefined before the first hello. */
  get nodeId(): NodeId | undefined {
    return this.#nodeId;
  }

  get state(): LinkState {
    return this.#link.state;
  }

  /** Why the link is in its state, a sentence. */
  get reason(): string {
    return this.#link.reason;
  }

  /** The code with which the node refused this client's hello. */
  get refusal(): Error_Code | undefined {
    return this.#refusal;
  }

  /** What one more call is expected to cost; falls behind as calls wait. */
  costMs(nowMs: number): number {
    return (this.#latency.costMs(nowMs) + 0.1) * (1 + this.#latency.waiting);
  }

  /** Has others asked first for so long: the node is overloaded, stopping, or cut off from its replicas. */
  spareFor(ms: number): void {
    this.#spareUntilMs = Math.max(this.#spareUntilMs, this.#clock.monotonicMs() + ms);
  }

  isSpared(nowMs: number): boolean {
    return nowMs < this.#spareUntilMs;
  }

  /** The node asked that nothing be sent to it for so long. */
  overloadedFor(ms: number): void {
    this.spareFor(ms);
    this.#overloadedUntilMs = this.#spareUntilMs;
  }

  /** What is left of that time. */
  overloadedMs(nowMs: number): number {
    return Math.max(0, this.#overloadedUntilMs - nowMs);
  }

  connect(): void {
    this.#link.connect();
  }

  /** What `read` makes of what became of it at `nowMs`. */
  call<T>(
    body: ClientCall["body"],
    timeoutMs: number,
    read: (result: CallResult<ClientReply>, nowMs: number) => T,
  ): Promise<T> {
    const waiting = this.#latency.begin(this.#clock.monotonicMs());
    const call: ClientCall = { $typeName: "coterie.v1.ClientCall", id: 0, timeoutMs: 0, body };
    return this.#link.call(call, timeoutMs).then((result) => {
      const nowMs = this.#clock.monotonicMs();
      const isRefusal = result.type === "reply" && result.reply.body.case === "error";
      this.#latency.end(waiting, nowMs, isRefusal);
      return read(result, nowMs);
    });
  }

  close(): void {
    this.#link.close("the store was closed");
  }
}
