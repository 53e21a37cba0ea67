import type { Clock, NodeId, Random, Timers } from "@coterie/core";
import type { Replicas } from "@coterie/quorum";
import type { NodeRingReport } from "@coterie/rebalance";
import type { RingView } from "@coterie/shard-engine";
import type { Buckets } from "../buckets/buckets.ts";
import { RedefinedRows } from "../buckets/redefined-rows.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { NodeStore } from "../node-store.ts";
import type { RingControl } from "./ring-control.ts";
import { RingCopier } from "./ring-copier.ts";
import { RingCopies } from "./ring-copies.ts";
import { RingDriver } from "./ring-driver.ts";
import type { RingKeeper } from "./ring-keeper.ts";
import { RingLeftovers } from "./ring-leftovers.ts";

export interface RingWorkParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly control: RingControl;
  readonly rings: RingKeeper;
  readonly buckets: Buckets;
  readonly store: NodeStore;
  readonly peers: Peers;
  readonly membership: Membership;
  readonly replicas: Pick<Replicas, "read" | "merge">;
  /** See `EraNews.learn`. */
  readonly learnEras: () => Promise<unknown>;
  /** See `RingCopierParts`. */
  readonly slownessMs: () => number;
  readonly onEvent: (event: NodeEvent) => void;
}

/** This node's work in ring changes: it copies what it gains, lets go of what it gives up, and drives when it is its turn. */
export class RingWork {
  readonly driver: RingDriver;
  readonly #parts: RingWorkParts;
  readonly #copies: RingCopies;
  readonly #copier: RingCopier;
  readonly #leftovers: RingLeftovers;
  readonly #redefined: RedefinedRows;

  constructor(parts: RingWorkParts) {
    this.#parts = parts;
    this.#copies = new RingCopies(parts.store);
    this.#copier = new RingCopier({ ...parts, copies: this.#copies });
    this.#leftovers = new RingLeftovers(parts);
    this.#redefined = new RedefinedRows({ ...parts, onMoved: () => this.#leftovers.lookAgain() });
    this.driver = new RingDriver({ ...parts, report: () => this.report() });
  }

  /** At a start: what this directory has copied already. */
  load(): Promise<void> {
    return this.#copies.load();
  }

  /** Before a ring is in force: see `RingLeftovers.discard`. */
  prepare(from: RingView, to: RingView): Promise<void> {
    return this.#leftovers.discard(from, to);
  }

  start(): void {
    this.#copier.start();
    this.#leftovers.start();
    this.#redefined.start();
    this.driver.start();
  }

  stop(): void {
    this.#copier.stop();
    this.#leftovers.stop();
    this.#redefined.stop();
    this.driver.stop();
  }

  /** Partitions that this node still has rows of and gave up. */
  get leftovers(): number {
    return this.#leftovers.report().partitions;
  }

  async report(): Promise<NodeRingReport> {
    const { cluster, buckets } = this.#parts;
    const { epoch } = cluster.ring.record;
    return {
      epoch,
      rules: buckets.list().map(({ n, rMin, wMin }) => ({ n, rMin, wMin })),
      scans: await this.#copies.report(),
      leftovers: this.#leftovers.report(),
    };
  }
}
