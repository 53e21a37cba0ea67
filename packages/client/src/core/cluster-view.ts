import { create } from "@bufbuild/protobuf";
import type { Clock, NodeId, Random, Timer, Timers } from "@coterie/core";
import type { LinkLimits } from "@coterie/peer-session";
import { Error_Code, GetTopologyRequestSchema } from "@coterie/wire";
import { CoterieError } from "./coterie-error.ts";
import { type ClientDialer, NodeLink } from "./node-link.ts";
import { Topology } from "./topology.ts";

export interface ClusterViewOptions {
  /** `host:port` of some nodes; the others are learnt from them. */
  readonly seeds: readonly string[];
  readonly dialer: ClientDialer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Who the nodes' logs say is calling. */
  readonly name: string;
  readonly limits: Partial<LinkLimits>;
}

/** More than any latency. */
const TIER_MS = 1e12;
const REFRESH_MS = 2_000;
/** Without any sign of a change: addresses may move while the ring stays. */
const REFRESH_EVERY_MS = 30_000;
/** After a refresh that failed, or one that a lost connection asked for. */
const REFRESH_SOON_MS = 500;

/** The cluster as the client sees it: who owns what, and a session to each member. */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #links = new Map<string, NodeLink>();
  #topology: Topology | undefined;
  #refreshing: Promise<boolean> | undefined;
  #timer: { readonly dueMs: number; readonly timer: Timer } | undefined;
  #closed = false;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    for (const seed of options.seeds) this.#link(seed);
  }

  /** Resolves when the topology is known; rejects when no seed has told it in time. */
  async open(timeoutMs: number): Promise<void> {
    const asked = [...this.#links.values()].map(async (link) => {
      if (!(await this.#ask(link, timeoutMs))) throw new Error(link.reason);
    });
    try {
      await Promise.any(asked);
    } catch {
      const reasons = [...this.#links.values()].map(
        ({ address, reason }) => `${address}: ${reason}`,
      );
      const foreign = [...this.#links.values()].some(
        ({ refusal }) => refusal === Error_Code.WRONG_CLUSTER,
      );
      throw new CoterieError(
        foreign ? "WRONG_CLUSTER" : "UNAVAILABLE",
        `no node told where keys live within ${timeoutMs} ms (${reasons.join("; ")}): check the addresses, and that the nodes run`,
      );
    }
  }

  get topology(): Topology {
    if (this.#topology === undefined) throw new Error("the view was used before it was open");
    return this.#topology;
  }

  /**
   * Members to send a call to, the best first: those that answer, then those that answer but asked to be
   * spared, then the rest; of each, primaries first.
   */
  candidates(primaries: readonly NodeId[]): NodeLink[] {
    const nowMs = this.#options.clock.monotonicMs();
    // By insertion, for lists are short, and each call makes one.
    const ranked = [...this.#links.values()];
    const costs = new Array<number>(ranked.length);
    for (let i = 0; i < ranked.length; i++) {
      const link = ranked[i]!;
      const cost = this.#tierOf(link, primaries, nowMs) * TIER_MS + link.costMs(nowMs);
      let at = i;
      for (; at > 0 && costs[at - 1]! > cost; at--) {
        ranked[at] = ranked[at - 1]!;
        costs[at] = costs[at - 1]!;
      }
      ranked[at] = link;
      costs[at] = cost;
    }
    return ranked;
  }

  #tierOf(link: NodeLink, primaries: readonly NodeId[], nowMs: number): number {
    const isPrimary = link.nodeId !== undefined && primaries.includes(link.nodeId);
    const health = link.state !== "up" ? 4 : link.isSpared(nowMs) ? 2 : 0;
    return health + (isPrimary ? 0 : 1);
  }

  /** Members, those that answer first. */
  rank(members: readonly NodeId[]): NodeId[] {
    const isUp = (id: NodeId): number => (this.linkTo(id)?.state === "up" ? 0 : 1);
    return [...members].sort((a, b) => isUp(a) - isUp(b));
  }

  /** The session to one member; undefined when its address is not known. */
  linkTo(id: NodeId): NodeLink | undefined {
    const address = this.topology.addresses.get(id);
    return address === undefined ? undefined : this.#links.get(address);
  }

  /** Each reply tells its node's epoch: a higher one than ours means that keys have moved. */
  noticeEpoch(epoch: number): void {
    if (epoch > this.topology.epoch) void this.refresh();
  }

  /** Asks where keys live now; many at once are one. False: nobody answered. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.timer.cancel();
    for (const link of this.#links.values()) link.close();
  }

  async #refresh(): Promise<boolean> {
    for (const link of this.candidates([])) {
      if (this.#closed) return false;
      if (await this.#ask(link, REFRESH_MS)) return true;
    }
    // Every member may have moved: the seeds are where one comes back to.
    for (const seed of this.#options.seeds) this.#link(seed).connect();
    this.#refreshIn(REFRESH_SOON_MS);
    return false;
  }

  async #ask(link: NodeLink, timeoutMs: number): Promise<boolean> {
    const value = create(GetTopologyRequestSchema);
    const result = await link.call({ case: "topology", value }, timeoutMs, (said) => said);
    if (this.#closed || result.type !== "reply" || result.reply.body.case !== "topology")
      return false;
    // A node that has no ring yet knows nothing worth following.
    if (result.reply.body.value.owners.length === 0) return false;
    this.#adopt(new Topology(result.reply.body.value));
    return true;
  }

  #adopt(topology: Topology): void {
    this.#refreshIn(REFRESH_EVERY_MS);
    if (this.#topology !== undefined && topology.epoch < this.#topology.epoch) return;
    this.#topology = topology;
    const addresses = new Set(topology.addresses.values());
    for (const address of addresses) this.#link(address).connect();
    for (const [address, link] of this.#links) {
      // A seed under another spelling of its address is a second way to a member: not needed any more.
      if (addresses.has(address) || addresses.size === 0) continue;
      this.#links.delete(address);
      link.close();
    }
  }

  #link(address: string): NodeLink {
    let link = this.#links.get(address);
    if (link === undefined) {
      link = new NodeLink({
        ...this.#options,
        address,
        clusterId: () => this.#topology?.clusterId ?? new Uint8Array(0),
        onState: ({ state }) => {
          if (state === "down" && this.#topology !== undefined) this.#refreshIn(REFRESH_SOON_MS);
        },
      });
      this.#links.set(address, link);
    }
    return link;
  }

  /** One timer, set to the earliest of what was asked for. */
  #refreshIn(delayMs: number): void {
    if (this.#closed) return;
    const dueMs = this.#options.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      this.#timer.timer.cancel();
    }
    const timer = this.#options.timers.after(delayMs, () => {
      this.#timer = undefined;
      void this.refresh();
    });
    this.#timer = { dueMs, timer };
  }
}
