import { create } from "@bufbuild/protobuf";
import type { NodeId, Timer, Timers } from "@coterie/core";
import { CollectionCallSchema, type CollectionResult, type PartitionEra } from "@coterie/wire";
import type { NodeMemory } from "../birth/birth.ts";
import type { Buckets } from "../buckets/buckets.ts";
import { describeError } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import { type NodeStore, StoreFailure } from "../node-store.ts";

const ASK_MS = 3_000;
/** While too few were heard. */
const ASK_AGAIN_MS = 250;

export interface EraNewsParts {
  readonly self: NodeId;
  readonly timers: Timers;
  readonly store: NodeStore;
  readonly memory: NodeMemory;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly onEvent: (event: NodeEvent) => void;
}

/**
 * Where others have collected. A node that was away, whose disk was lost or put back, or that is new among the
 * owners may have missed a collection of a partition that it holds nothing of, and stands in for its primaries all
 * the same. What it keeps under too old an era is refused when it goes home, though it has been counted; so it keeps
 * nothing for others before it has heard enough of them (decision 0017).
 */
export class EraNews {
  readonly #parts: EraNewsParts;
  /** By partition: a sweep that others have answered, and this node has not; what it holds there may be older. */
  readonly #behind = new Map<number, number>();
  #isKnown = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: EraNewsParts) {
    this.#parts = parts;
  }

  /** `isKnown`: there is nothing to be heard yet. */
  start(isKnown: boolean): void {
    this.#isKnown = isKnown;
    void this.#untilKnown();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Whether others can take this node's word for what was collected, in this life and in any. */
  async standing(): Promise<{ knowsEras: boolean; knewEras: boolean }> {
    return { knowsEras: this.#isKnown, knewEras: await this.#parts.memory.knewEras() };
  }

  /** Why versions of a partition cannot be kept here for others; undefined: they can. */
  obstacle(partition: number): string | undefined {
    if (!this.#isKnown) return "it has not heard yet what was collected while it was away";
    const swept = this.#behind.get(partition) ?? 0;
    if (this.#parts.store.eraOf(partition).swept >= swept) return undefined;
    return `it has missed the sweep of round ${swept} of partition ${partition}`;
  }

  /**
   * Hears from every owner who mints there, and where it has swept and collected: a node that has missed a
   * collection throws away what it holds of that partition. Undefined: not all owners were heard.
   */
  async learn(): Promise<readonly string[] | undefined> {
    const { self, store, cluster } = this.#parts;
    const { epoch, owners } = cluster.ring.record;
    const others = owners.flatMap(({ id }) => (id === self ? [] : id));
    const living = (await store.stats()).flatMap(({ actor }) => actor ?? []);
    const heard = (await Promise.all(others.map((id) => this.#ask(id)))).filter(
      (news) => news !== undefined,
    );
    for (const { eras, actors } of heard) {
      living.push(...actors);
      for (const era of eras) await this.#hear(era);
    }
    // An owner of this ring takes part in no round of an older one, so it has answered every sweep that was ended.
    const current = heard.filter((news) => news.epoch >= epoch);
    if (others.length < owners.length && this.#isEnough(current, others.length)) {
      this.#isKnown = true;
    }
    if (this.#isKnown) await this.#remember();
    return heard.length === others.length ? living : undefined;
  }

  /**
   * At most wMin - 1 disks are lost at a time, so that one of as many others is sound; those that know in this life.
   * When a whole cluster starts, nobody does: then half of the others have to have known once.
   */
  #isEnough(heard: readonly CollectionResult[], others: number): boolean {
    const wMax = Math.max(2, ...this.#parts.buckets.list().map(({ wMin }) => wMin));
    const needed = Math.min(wMax - 1, others);
    if (heard.filter(({ knowsEras }) => knowsEras).length >= needed) return true;
    const knew = heard.filter(({ knewEras }) => knewEras).length;
    return knew >= Math.max(needed, Math.ceil(others / 2));
  }

  async #hear({ partition, swept, collected }: PartitionEra): Promise<void> {
    const { store } = this.#parts;
    const mayLack = !this.#isKnown || this.#behind.has(partition);
    const news = mayLack ? swept : collected;
    if (store.eraOf(partition).swept >= news) return;
    await store.collect({ type: "adoptEra", partition, swept: news, collected });
    if (store.eraOf(partition).swept >= news) this.#behind.delete(partition);
    else this.#behind.set(partition, Math.max(news, this.#behind.get(partition) ?? 0));
  }

  async #ask(id: NodeId): Promise<CollectionResult | undefined> {
    const call = create(CollectionCallSchema, { step: { case: "news", value: {} } });
    const result = await this.#parts.peers.call(id, { case: "collection", value: call }, ASK_MS);
    if (result.type !== "reply" || result.reply.body.case !== "collection") return undefined;
    return result.reply.body.value;
  }

  /** A disk that refuses now is asked again at the next pass. */
  async #remember(): Promise<void> {
    try {
      await this.#parts.memory.keepKnewEras();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      const detail = describeError(error);
      this.#parts.onEvent({ type: "fault", doing: "noting that eras are known", detail });
    }
  }

  /** A node that owns nothing stands in for nobody: it asks once it is among the owners. */
  async #untilKnown(): Promise<void> {
    const { cluster, self } = this.#parts;
    if (cluster.ring.record.owners.some(({ id }) => id === self)) await this.learn();
    if (this.#isKnown || this.#stopped) return;
    this.#timer = this.#parts.timers.after(ASK_AGAIN_MS, () => void this.#untilKnown());
  }
}
