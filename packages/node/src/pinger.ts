import { create } from "@bufbuild/protobuf";
import type { NodeId, Timer, Timers } from "@coterie/core";
import { PingSchema } from "@coterie/wire";
import type { Cluster } from "./cluster.ts";
import { type MemberState, PING_INTERVAL_MS } from "./member-table.ts";
import type { NodeEvent } from "./node-event.ts";
import type { Peers } from "./peers.ts";

/** Pings every member at a steady pace with the list of members, and tells when one's state changes. */
export class Pinger {
  readonly #cluster: Cluster;
  readonly #peers: Peers;
  readonly #timers: Timers;
  readonly #onEvent: (event: NodeEvent) => void;
  readonly #states = new Map<NodeId, MemberState>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(cluster: Cluster, peers: Peers, timers: Timers, onEvent: (event: NodeEvent) => void) {
    this.#cluster = cluster;
    this.#peers = peers;
    this.#timers = timers;
    this.#onEvent = onEvent;
  }

  start(): void {
    this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  readonly #round = (): void => {
    if (this.#stopped) return;
    const members = [this.#cluster.selfRecord(), ...this.#cluster.members()];
    for (const { id } of this.#cluster.members()) {
      void this.#ping(id, members);
      this.#watch(id);
    }
    this.#timer = this.#timers.after(PING_INTERVAL_MS, this.#round);
  };

  async #ping(id: NodeId, members: Parameters<Cluster["exchangeMembers"]>[0]): Promise<void> {
    const body = { case: "ping" as const, value: create(PingSchema, { members: [...members] }) };
    const result = await this.#peers.call(id, body, PING_INTERVAL_MS, true);
    if (this.#stopped || result.type !== "reply" || result.reply.body.case !== "pong") return;
    this.#cluster.heard(id);
    this.#cluster.exchangeMembers(result.reply.body.value.members);
  }

  #watch(id: NodeId): void {
    const state = this.#cluster.memberState(id);
    if (this.#states.get(id) === state) return;
    this.#states.set(id, state);
    this.#onEvent({ type: "memberState", id, state });
  }
}
