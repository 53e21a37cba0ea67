import { type NodeId, type Random, randomBytes, type Timers, toHex } from "@coterie/core";
import { definitionsOf } from "../buckets/bucket-definition.ts";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { NodeStore } from "../node-store.ts";
import { decodeRegisterState } from "../ring/register-state.ts";
import type { RingControl } from "../ring/ring-control.ts";
import { type Beginning, foundingRing, type NodeMemory, StartRefused } from "./birth.ts";
import type { FoundingGrants } from "./founding-grants.ts";
import { askToJoin, introduce, type JoinParts } from "./join.ts";
import type { ClusterBirth, NodeBirth } from "./node-birth.ts";

export interface EntranceParts {
  readonly birth: NodeBirth;
  readonly address: string;
  readonly memory: NodeMemory;
  readonly store: NodeStore;
  readonly buckets: Buckets;
  readonly grants: FoundingGrants;
  readonly rings: RingControl;
  readonly cluster: Cluster;
  readonly peers: Peers;
  readonly timers: Timers;
  readonly random: Random;
  readonly onEvent: (event: NodeEvent) => void;
  readonly isStopped: () => boolean;
  /** The node belongs to the cluster; `members` are addresses of others. */
  readonly serve: (cluster: ClusterBirth, members: readonly string[], isFounding: boolean) => void;
}

/** How a node comes to serve: as the founder of a cluster, as a newcomer to one, or back where it belongs. */
export class Entrance {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /** Resolves when clients are served, or when the node was stopped. Throws `StartRefused` or `JoinRefused` when it cannot go on. */
  async begin(beginning: Beginning | undefined): Promise<void> {
    const { birth, memory, serve } = this.#parts;
    if (birth.cluster !== undefined) {
      const seeds = beginning?.type === "join" ? beginning.seeds : [];
      serve(birth.cluster, [...(await memory.memberAddresses()), ...seeds], false);
      if (seeds.length > 0) void introduce(seeds, this.#joinParts());
      return;
    }
    if (beginning === undefined) {
      throw new StartRefused(
        "this data directory belongs to no cluster yet: give --init to found one, or --join ADDR,… to join one",
      );
    }
    if (beginning.type === "init") await this.#found(beginning);
    else await this.#join(beginning.seeds);
  }

  async #found({ owners, partitions }: Extract<Beginning, { type: "init" }>): Promise<void> {
    const { birth, grants, rings, random, onEvent } = this.#parts;
    const founder: NodeId = birth.nodeId;
    const ring = foundingRing(founder, owners, partitions);
    const id = randomBytes(random, 16);
    await grants.grant(founder, birth.identity);
    await rings.found(ring);
    await this.#enter({ id, partitions, founder }, [], true);
    onEvent({ type: "born", clusterId: toHex(id), owners: ring.owners.length });
  }

  async #join(seeds: readonly string[]): Promise<void> {
    const { birth, store, buckets, rings, onEvent } = this.#parts;
    const joined = await askToJoin(seeds, this.#joinParts());
    if (joined === undefined) return;
    const { admitted, via } = joined;
    const { owners, next } = decodeRegisterState(admitted.ringState).value.record;
    const isOwner = [...owners, ...next].some((owner) => owner.id === birth.nodeId);
    const recovering = isOwner && !admitted.founding;
    if (recovering) await store.markAllRecovering();
    await buckets.merge(definitionsOf(admitted.buckets));
    const { clusterId: id, partitions, founder } = admitted;
    const members = admitted.members.map(({ address }) => address);
    await rings.join(admitted.ringState);
    await this.#enter({ id, partitions, founder }, [via, ...members], admitted.founding);
    onEvent({ type: "joined", via, recovering });
  }

  /** Belonging is written last: a crash before it begins anew, with the same identity. */
  async #enter(
    belonging: ClusterBirth,
    members: readonly string[],
    isFounding: boolean,
  ): Promise<void> {
    const { birth, memory, cluster, serve } = this.#parts;
    await memory.keep({ ...birth, cluster: belonging });
    cluster.belongTo(belonging.id, belonging.partitions);
    serve(belonging, members, isFounding);
  }

  #joinParts(): JoinParts {
    const { birth, address, peers, timers, onEvent, isStopped } = this.#parts;
    return { birth, address, peers, timers, onEvent, isStopped };
  }
}
