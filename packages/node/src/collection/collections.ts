import type { RoundOutcome } from "@coterie/anti-entropy";
import {
  type Clock,
  type NodeId,
  type Random,
  randomBytes,
  type Timer,
  type Timers,
  toHex,
} from "@coterie/core";
import { partitionOfRow, type TreeName } from "@coterie/shard-engine";
import { causalityOf, decodeVersions, live } from "@coterie/versions";
import { type CollectionCall, type CollectionResult, Refusal } from "@coterie/wire";
import type { NodeMemory } from "../birth/birth.ts";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { NodeStore } from "../node-store.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { Candidates } from "./candidates.ts";
import { CollectionSteps } from "./collection-steps.ts";
import { EraNews } from "./era-news.ts";
import { KeptBecause } from "./kept-because.ts";
import { leadRound } from "./lead-round.ts";

/** When tombstones go; every number has a default. */
export interface CollectionOptions {
  /**
   * How long a tombstone stands unchanged before it is collected: an hour. Among nodes 0 is safe; a client's own first
   * attempt that the network holds back for longer, while a second was done, deleted and collected, is a write anew.
   */
  readonly graceMs?: number;
  /** Between two passes over the partitions that this node leads: ten minutes. Less frees space sooner, and reads more. */
  readonly intervalMs?: number;
}

export interface CollectionsParts extends CollectionOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly store: NodeStore;
  readonly memory: NodeMemory;
  readonly cluster: Cluster;
  readonly rings: Pick<RingKeeper, "agreeWith">;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly drainHints: () => Promise<unknown>;
  readonly leftovers: () => number;
  readonly onEvent: (event: NodeEvent) => void;
}

/** What the last pass came to, and what was collected since the start. */
export interface CollectionFacts {
  /** Of the partitions that this node leads. */
  readonly tombstones: number;
  readonly collectedRows: number;
  readonly foldedClocks: number;
  /** A sentence; empty: there was no round yet. */
  readonly lastRound: string;
  /** When it ended, milliseconds since the Unix epoch. */
  readonly lastRoundMs: number;
}

const GRACE_MS = 3_600_000;
const INTERVAL_MS = 600_000;
/** How long a node may take for a step; a sweep may have hints to take home. */
const ASK_MS = 3_000;
const SWEEP_MS = 10_000;
/** Between two partitions of a pass, so that it is a reader beside the clients. */
const PAUSE_MS = 5;

/**
 * Collection rounds over the partitions that this node leads: it is the first primary of their preference list. One
 * round at a time. Whatever a pass leaves is looked at by the next.
 */
export class Collections {
  readonly #parts: CollectionsParts;
  readonly #news: EraNews;
  readonly #steps: CollectionSteps;
  readonly #candidates: Candidates;
  readonly #kept = new KeptBecause();
  readonly #intervalMs: number;
  /** By partition: a sweep that some node is known to have answered. */
  readonly #sweptBefore = new Map<number, number>();
  readonly #sums = { collectedRows: 0, foldedClocks: 0 };
  #tombstones = 0;
  #lastRound = "";
  #lastRoundMs = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: CollectionsParts) {
    this.#parts = parts;
    this.#news = new EraNews(parts);
    this.#steps = new CollectionSteps({ ...parts, news: this.#news });
    this.#candidates = new Candidates(parts, parts.graceMs ?? GRACE_MS);
    this.#intervalMs = parts.intervalMs ?? INTERVAL_MS;
  }

  /** `isFounding`: nothing was collected before this node was part of the cluster. */
  start(isFounding: boolean): void {
    this.#news.start(isFounding);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer = this.#parts.timers.after(this.#intervalMs, () => {
      void this.#pass().finally(() => {
        if (!this.#stopped) this.#schedule();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#news.stop();
  }

  /** This node's side of a round. */
  answer(call: CollectionCall): Promise<CollectionResult> {
    return this.#steps.answer(call);
  }

  /** Why versions of a partition cannot be kept here for its primaries; undefined: they can. */
  obstacle(partition: number): string | undefined {
    return this.#news.obstacle(partition);
  }

  /** See `EraNews.learn`. */
  learnEras(): Promise<unknown> {
    return this.#news.learn();
  }

  get facts(): CollectionFacts {
    return {
      tombstones: this.#tombstones,
      ...this.#sums,
      lastRound: this.#lastRound,
      lastRoundMs: this.#lastRoundMs,
    };
  }

  /** Why a dead row is still kept, as a sentence; undefined: it lives, or this node does not lead its partition. */
  explain(row: Uint8Array, n: number, versions: Uint8Array | undefined): string | undefined {
    const { cluster, self, clock } = this.#parts;
    if (versions === undefined) return undefined;
    if (live(decodeVersions(versions), clock.nowMs()).length > 0) return undefined;
    const causality = causalityOf(versions);
    const partition = partitionOfRow(row, cluster.ring.record.partitions);
    if (cluster.ring.primaries(partition, n)[0] !== self) return undefined;
    return this.#kept.sentence(partition, this.#candidates.leftMs(partition, n, row, causality));
  }

  async #pass(): Promise<void> {
    const { cluster, self, timers } = this.#parts;
    if (cluster.unready !== undefined) return;
    const living = await this.#news.learn();
    let tombstones = 0;
    for (const tree of await this.#candidates.awake(this.#led(), living)) {
      if (this.#stopped) return;
      const { partition, n } = tree;
      if (cluster.ring.primaries(partition, n)[0] !== self) continue;
      const found = await this.#candidates.of(tree, living);
      tombstones += found.tombstones;
      if (found.ripe.length > 0) await this.#lead(partition, n, found.ripe);
      else if (found.tombstones === 0) this.#kept.forget(partition);
      await new Promise<void>((resolve) => timers.after(PAUSE_MS, resolve));
    }
    this.#tombstones = tombstones;
  }

  #led(): TreeName[] {
    const { cluster, buckets, self } = this.#parts;
    const { ring } = cluster;
    const ns = new Set(buckets.list().map(({ n }) => n));
    const trees: TreeName[] = [];
    for (let partition = 0; partition < ring.record.partitions; partition++) {
      for (const n of ns)
        if (ring.primaries(partition, n)[0] === self) trees.push({ partition, n });
    }
    return trees;
  }

  async #lead(
    partition: number,
    n: number,
    rows: Awaited<ReturnType<Candidates["of"]>>["ripe"],
  ): Promise<void> {
    const { cluster, random, clock, onEvent } = this.#parts;
    const { record } = cluster.ring;
    if (record.phase !== "stable") {
      this.#kept.round(partition, "a ring change is on its way");
      return;
    }
    const outcome = await leadRound({
      epoch: record.epoch,
      partition,
      round: toHex(randomBytes(random, 8)),
      primaries: cluster.ring.primaries(partition, n),
      owners: record.owners.map(({ id }) => id),
      rows,
      sweptBefore: this.#sweptBefore.get(partition) ?? 0,
      ask: (to, call) => this.#ask(to, call),
      onSweptBefore: (swept) => {
        const before = this.#sweptBefore.get(partition) ?? 0;
        this.#sweptBefore.set(partition, Math.max(before, swept));
      },
      isStopped: () => this.#stopped,
    });
    if (outcome.type === "pending") return;
    const sentence = sentenceOf(outcome);
    this.#kept.round(partition, outcome.type === "collected" ? undefined : sentence);
    this.#lastRound = `partition ${partition}: ${sentence}`;
    this.#lastRoundMs = clock.nowMs();
    if (outcome.type === "collected") {
      this.#sums.collectedRows += outcome.deleted;
      this.#sums.foldedClocks += outcome.folded;
    }
    onEvent({ type: "collectionRound", partition, outcome: outcome.type, detail: sentence });
  }

  async #ask(to: NodeId, call: CollectionCall): Promise<CollectionResult | string> {
    const { self, peers, rings } = this.#parts;
    if (to === self) return this.#steps.answer(call);
    const body = { case: "collection" as const, value: call };
    const result = await peers.call(to, body, call.step.case === "sweep" ? SWEEP_MS : ASK_MS);
    if (result.type !== "reply") return `did not answer: ${result.reason}`;
    if (result.reply.body.case !== "collection") return "could not answer";
    if (result.reply.body.value.refusal === Refusal.EPOCH) await rings.agreeWith(to);
    return result.reply.body.value;
  }
}

function sentenceOf(outcome: Exclude<RoundOutcome, { type: "pending" }>): string {
  switch (outcome.type) {
    case "collected":
      return `collected ${outcome.deleted} rows and folded ${outcome.folded} clocks`;
    case "unequal":
      return "its primaries do not hold the same of it yet: repair comes first";
    case "blocked": {
      const names = outcome.by.map(({ node, reason }) => `${node} ${reason}`).join("; ");
      return `blocked at the ${outcome.at} by ${names}`;
    }
  }
}
