import type { Clock, NodeId, Random, Timers } from "@coterie/core";
import {
  type CallResult,
  type CircuitState,
  type Dialer,
  LINK_LIMITS,
  PeerLink,
  type PeerLinkOptions,
} from "@coterie/peer-session";
import { PhiAccrual } from "@coterie/phi-accrual";
import type { Era } from "@coterie/versions";
import type {
  ExchangeRequest,
  ExchangeResponse,
  NodeHello,
  PeerCall,
  PeerReply,
} from "@coterie/wire";
import { Latency } from "./latency.ts";
import { weighPeerCall } from "./weights.ts";

type Link = PeerLink<NodeHello, PeerCall, PeerReply>;
type LinkOptions = PeerLinkOptions<NodeHello, PeerCall, PeerReply>;

interface Peer {
  readonly link: Link;
  readonly latency: Latency;
  /** Fed by every frame of the peer, heartbeats and replies alike. */
  readonly rhythm: PhiAccrual;
  /** What it costs to ask, milliseconds, as it was weighed last. */
  cost: number;
}

export interface PeersOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly dialer: Dialer<ExchangeRequest, ExchangeResponse>;
  readonly hello: () => NodeHello;
  /** A sentence that refuses the other side, or undefined. `id` is whom we meant to reach. */
  readonly check: (id: NodeId | undefined, theirs: NodeHello) => string | undefined;
  readonly onUp: (id: NodeId) => void;
  readonly onArrival: (id: NodeId) => void;
  /** It closed, or opened after it had been closed; attempts in between are not told. */
  readonly onCircuit: (id: NodeId, isOpen: boolean, reason: string) => void;
}

/** Latency that is assumed of a peer that has not answered yet. */
const GUESS_MS = 2;

/** A peer whose silence is so surprising is asked last. Lower leaves slow peers sooner, and errs more often. */
const PHI_DOUBTFUL = 3;
/** More than any latency, less than no address at all. */
const DOUBT_MS = 1e9;

/**
 * Costs stand for so long, and for so many rankings. Reads that follow one another ask one peer meanwhile and travel in one
 * frame, where they went to two in halves; more would leave the other without work while a burst waits.
 */
const WEIGHED_MS = 1;
const RANKED_MAX = 32;

/** The links to all other members, one each, and how fast each has answered lately. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<NodeId, Peer>();
  #weighedMs = Number.NEGATIVE_INFINITY;
  /** Rankings since then. */
  #ranked = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Keeps a link to the member at this address, from now on or there from now on. */
  keep(id: NodeId, address: string): void {
    const known = this.#peers.get(id);
    if (known !== undefined) {
      known.link.readdress(address);
      known.link.connect();
      return;
    }
    const { onUp, onArrival, onCircuit } = this.#options;
    const rhythm = new PhiAccrual({
      heartbeatIntervalMs: LINK_LIMITS.heartbeatMs,
      acceptablePauseMs: LINK_LIMITS.heartbeatMs,
    });
    let wasOpen = false;
    const link = this.#open(address, id, {
      circuit: {},
      onCircuit: (state, reason) => {
        const isOpen = state !== "closed";
        if (isOpen !== wasOpen) onCircuit(id, isOpen, reason);
        wasOpen = isOpen;
      },
      onState: (state) => {
        if (state === "up") onUp(id);
      },
      onArrival: (nowMs) => {
        rhythm.heartbeat(nowMs);
        onArrival(id);
      },
    });
    this.#peers.set(id, { link, latency: new Latency(GUESS_MS), rhythm, cost: DOUBT_MS });
    this.#ranked = RANKED_MAX;
    link.connect();
  }

  /** A link of its own to an address whose node is not known yet. Close it. `onRefused`: either side said no. */
  strangerAt(address: string, onRefused: (reason: string) => void = () => {}): Link {
    return this.#open(address, undefined, {}, onRefused);
  }

  /** Never rejects. A node that is no member is `notSent`. `era`: of a request that is handed on. */
  call(
    id: NodeId,
    body: PeerCall["body"],
    timeoutMs: number,
    urgent = false,
    era?: Era,
  ): Promise<CallResult<PeerReply>> {
    return this.callFor(id, body, timeoutMs, asItIs, urgent, era);
  }

  /** What `read` makes of the result of a call: one promise less for each copy and each read of a request. */
  callFor<T>(
    id: NodeId,
    body: PeerCall["body"],
    timeoutMs: number,
    read: (result: CallResult<PeerReply>) => T | Promise<T>,
    urgent = false,
    era?: Era,
  ): Promise<T> {
    const peer = this.#peers.get(id);
    if (peer === undefined) {
      const reason = `node ${id} has no known address`;
      return Promise.resolve(read({ type: "notSent", reason }));
    }
    const call: PeerCall = { $typeName: "coterie.v1.PeerCall", id: 0, timeoutMs: 0, body };
    if (era !== undefined) call.era = { $typeName: "coterie.v1.Era", ...era };
    return peer.link.call(call, timeoutMs, urgent).then((result) => {
      if (result.type === "reply") peer.latency.replied(result.latencyMs);
      else if (result.type === "lost") peer.latency.replied(timeoutMs);
      return read(result);
    });
  }

  /** Where the link to the member goes; undefined when there is none. */
  addressOf(id: NodeId): string | undefined {
    return this.#peers.get(id)?.link.address;
  }

  /** How surprising the peer's silence is (`PhiAccrual`); 0 for one that is not watched. */
  phi(id: NodeId): number {
    return this.#peers.get(id)?.rhythm.phi(this.#options.clock.monotonicMs()) ?? 0;
  }

  isUp(id: NodeId): boolean {
    return this.#peers.get(id)?.link.state === "up";
  }

  /** Whether a call to it would be `notSent` at once: its circuit is open, or nobody knows where it lives. */
  refuses(id: NodeId): boolean {
    return this.#peers.get(id)?.link.refusesCalls ?? true;
  }

  /** Of the way to it; undefined when it has none. */
  circuitOf(id: NodeId): CircuitState | undefined {
    return this.#peers.get(id)?.link.circuit;
  }

  /** The members that can be reached at this moment. */
  up(): NodeId[] {
    return [...this.#peers.keys()].filter((id) => this.isUp(id));
  }

  /** The same nodes, the reachable and quick ones first. */
  rank(nodes: readonly NodeId[]): readonly NodeId[] {
    this.#weigh();
    // By insertion, for lists are short.
    const ranked = nodes.slice();
    for (let i = 1; i < ranked.length; i++) {
      const id = ranked[i]!;
      const cost = this.#costOf(id);
      let at = i;
      while (at > 0 && isBefore(id, cost, ranked[at - 1]!, this.#costOf(ranked[at - 1]!))) {
        ranked[at] = ranked[at - 1]!;
        at--;
      }
      ranked[at] = id;
    }
    return ranked;
  }

  #costOf(id: NodeId): number {
    return this.#peers.get(id)?.cost ?? Number.POSITIVE_INFINITY;
  }

  /** Works out what each costs to ask, unless that was done a moment ago. */
  #weigh(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#ranked++ < RANKED_MAX && nowMs - this.#weighedMs < WEIGHED_MS) return;
    this.#ranked = 1;
    this.#weighedMs = nowMs;
    for (const peer of this.#peers.values()) {
      const { state, refusesCalls, inFlight, queued } = peer.link;
      const isSound = state === "up" && !refusesCalls && !isDoubtful(peer.rhythm, nowMs);
      const doubtMs = isSound ? 0 : DOUBT_MS;
      peer.cost = doubtMs + peer.latency.averageMs * (1 + (inFlight + queued) / 64);
    }
  }

  /** The recent p95 of the node's answers. */
  expectedLatencyMs(id: NodeId): number {
    return this.#peers.get(id)?.latency.p95Ms ?? GUESS_MS;
  }

  /** The moving average of the node's answers; 0 when it was never asked. */
  averageLatencyMs(id: NodeId): number {
    return this.#peers.get(id)?.latency.averageMs ?? 0;
  }

  close(): void {
    for (const { link } of this.#peers.values()) link.close("this node is stopping");
  }

  #open(
    address: string,
    id: NodeId | undefined,
    on: Pick<LinkOptions, "circuit" | "onCircuit" | "onState" | "onArrival">,
    onRefused: (reason: string) => void = () => {},
  ): Link {
    const { clock, timers, random, dialer, hello, check } = this.#options;
    return new PeerLink({
      address,
      dialer,
      clock,
      timers,
      random,
      hello,
      check: (theirs) => {
        const fault = check(id, theirs);
        if (fault !== undefined) onRefused(fault);
        return fault;
      },
      weigh: weighPeerCall,
      ...on,
    });
  }
}

function isBefore(a: NodeId, costA: number, b: NodeId, costB: number): boolean {
  return costA < costB || (costA === costB && a < b);
}

/** Not even the interval that it promises has passed since it was heard: that needs no logarithm, and is nearly always so. */
function isDoubtful(rhythm: PhiAccrual, nowMs: number): boolean {
  const { lastArrivalMs } = rhythm;
  if (lastArrivalMs !== undefined && nowMs - lastArrivalMs < LINK_LIMITS.heartbeatMs) return false;
  return rhythm.phi(nowMs) >= PHI_DOUBTFUL;
}

function asItIs(result: CallResult<PeerReply>): CallResult<PeerReply> {
  return result;
}
