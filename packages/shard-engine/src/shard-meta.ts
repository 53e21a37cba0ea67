import {
  assert,
  ByteReader,
  ByteWriter,
  decodeUtf8,
  encodeUtf8,
  isNodeId,
  type NodeId,
} from "@coterie/core";
import type { ActorId } from "@coterie/vector-clock";
import type { MetaEntry } from "./commands.ts";
import { get, list, NODE, put, RECOVERING, RECOVERING_ALL } from "./meta-space.ts";
import { type OrderedTransaction, StorageError } from "./ordered-store.ts";
import { OwnedPartitions } from "./owned-partitions.ts";
import type { SetRecoveringCommand } from "./recovery-commands.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { decodeRingRecord } from "./ring-record.ts";
import { RingView } from "./ring-view.ts";

const FORMAT = 2;

// Keys of the meta space.
const LAYOUT = "layout";
const RING = "ring";
const ACTOR = "actor/";

/** The ring that is in force, and who this node is in it. */
export interface InstalledRing {
  readonly self: NodeId;
  readonly view: RingView;
  /** What `self` owns in it. */
  readonly owned: OwnedPartitions;
  readonly record: Uint8Array;
}

/**
 * What a shard knows durably of itself. Changes are staged in a transaction and in force when it has
 * committed: a ring that is not durable is not served under (§9, rule 3).
 */
export class ShardMeta {
  readonly shard: number;
  readonly shards: number;
  readonly actors: ActorId[] = [];
  #ring: InstalledRing | undefined;
  readonly #recovering = new Set<number>();
  #recoveringAll = false;
  /** How often anything was marked since the start, and which of these was the last of each partition. */
  #marks = 0;
  #marksOf = new Map<number, number>();
  #allMark = 0;
  /** Of the open transaction: a new actor, a new ring. */
  #staged: (() => void)[] = [];
  /** Of the open transaction: what recovers or has recovered, first all partitions, and after that single ones. */
  #stagedAll: boolean | undefined;
  readonly #stagedOf = new Map<number, boolean>();

  /** Reads the meta space, and writes the layout of a new one. Throws `StorageError` for another's. */
  constructor(transaction: OrderedTransaction, shard: number, shards: number) {
    this.shard = shard;
    this.shards = shards;
    checkLayout(transaction, shard, shards);
    const ring = get(transaction, RING);
    if (ring !== undefined) this.#ring = decodeInstalled(ring);
    for (const { key } of list(transaction, ACTOR)) this.actors.push(key.slice(ACTOR.length));
    for (const { key } of list(transaction, RECOVERING)) {
      if (key === RECOVERING_ALL) this.#recoveringAll = true;
      else this.#recovering.add(Number(key.slice(RECOVERING.length)));
    }
  }

  get ring(): InstalledRing | undefined {
    return this.#ring;
  }

  /** 0: no ring is installed. */
  get epoch(): number {
    return this.#ring?.view.record.epoch ?? 0;
  }

  /** Q; 0 without a ring. */
  get partitions(): number {
    return this.#ring?.view.record.partitions ?? 0;
  }

  /** As of the last commit. */
  isRecovering(partition: number): boolean {
    return this.#recoveringAll || this.#recovering.has(partition);
  }

  /** In the transaction that is open: a second write of the batch that met damage must say so, too. */
  isRecoveringNow(partition: number): boolean {
    return this.#stagedOf.get(partition) ?? this.#stagedAll ?? this.isRecovering(partition);
  }

  /** Ascending. All of the shard's, once a ring says how many there are. */
  get recoveringPartitions(): number[] {
    const all = this.#recoveringAll ? this.#ours() : this.#recovering;
    return [...all].sort((a, b) => a - b);
  }

  /** What is marked from now on has a higher one. */
  get recoveryMark(): number {
    return this.#marks;
  }

  /** Marks partitions, or ends their recovery unless they were marked again while it ran. */
  setRecovering(
    transaction: OrderedTransaction,
    { partition, recovering, mark }: SetRecoveringCommand,
  ): Refusal | undefined {
    assert(
      partition === "all" || partition % this.shards === this.shard,
      `partition ${partition} is not kept by shard ${this.shard} of ${this.shards}`,
    );
    if (!recovering && mark !== undefined && partition !== "all") {
      const last = Math.max(this.#marksOf.get(partition) ?? 0, this.#allMark);
      if (last > mark) {
        return refusal(
          "invalid",
          `partition ${partition} was found damaged again while it recovered: it has to recover anew`,
        );
      }
    }
    this.stageRecovering(transaction, partition, recovering);
    return undefined;
  }

  stageActor(transaction: OrderedTransaction, actor: ActorId, nowMs: number): void {
    const startedMs = new ByteWriter(8).varint(Math.max(0, Math.floor(nowMs))).finish();
    put(transaction, ACTOR + actor, startedMs);
    this.#staged.push(() => this.actors.push(actor));
  }

  /** Keeps a copy of `record`: the caller may use its bytes again. */
  stageRing(transaction: OrderedTransaction, self: NodeId, bytes: Uint8Array): void {
    const record = bytes.slice();
    const installed = ringOf(self, record);
    const value = new ByteWriter(record.length + 80);
    value.block(encodeUtf8(self)).raw(record);
    put(transaction, RING, value.finish());
    this.#staged.push(() => {
      this.#ring = installed;
    });
  }

  stageRecovering(
    transaction: OrderedTransaction,
    partition: number | "all",
    recovering: boolean,
  ): void {
    // Counted even if the transaction fails: one recovery too many does no harm.
    if (recovering && partition === "all") this.#allMark = ++this.#marks;
    else if (recovering && partition !== "all") this.#marksOf.set(partition, ++this.#marks);
    if (partition === "all") this.#stageAll(transaction, recovering);
    else if (recovering) this.#stageMarked(transaction, partition);
    else this.#stageRecovered(transaction, partition);
  }

  stageNode(transaction: OrderedTransaction, key: string, value: Uint8Array | undefined): void {
    if (value === undefined) transaction.delete("meta", encodeUtf8(NODE + key));
    else put(transaction, NODE + key, value);
  }

  /** What the node has stored under keys with this prefix. */
  node(transaction: OrderedTransaction, prefix: string): MetaEntry[] {
    return list(transaction, NODE + prefix).map(({ key, value }) => ({
      key: key.slice(NODE.length),
      value,
    }));
  }

  settle(committed: boolean): void {
    if (committed) this.#apply();
    this.#staged = [];
    this.#stagedAll = undefined;
    // Here and with leaves: to clear an empty map makes it a new table, with every batch.
    if (this.#stagedOf.size > 0) this.#stagedOf.clear();
  }

  #apply(): void {
    for (const apply of this.#staged) apply();
    if (this.#stagedAll !== undefined) {
      this.#recoveringAll = this.#stagedAll;
      this.#recovering.clear();
    }
    for (const [partition, recovering] of this.#stagedOf) {
      if (recovering) this.#recovering.add(partition);
      else this.#recovering.delete(partition);
    }
  }

  #stageAll(transaction: OrderedTransaction, recovering: boolean): void {
    for (const { key } of list(transaction, RECOVERING))
      transaction.delete("meta", encodeUtf8(key));
    if (recovering) put(transaction, RECOVERING_ALL, new Uint8Array());
    this.#stagedAll = recovering;
    this.#stagedOf.clear();
  }

  /** "All" falls apart into partitions when the first of them has recovered. */
  #stageRecovered(transaction: OrderedTransaction, partition: number): void {
    if (get(transaction, RECOVERING_ALL) !== undefined) {
      this.#stageAll(transaction, false);
      for (const each of this.#ours()) this.#stageMarked(transaction, each);
    }
    transaction.delete("meta", encodeUtf8(RECOVERING + partition));
    this.#stagedOf.set(partition, false);
  }

  #stageMarked(transaction: OrderedTransaction, partition: number): void {
    put(transaction, RECOVERING + partition, new Uint8Array());
    this.#stagedOf.set(partition, true);
  }

  /** The partitions that this shard keeps. */
  #ours(): number[] {
    const ours: number[] = [];
    for (let p = this.shard; p < this.partitions; p += this.shards) ours.push(p);
    return ours;
  }
}

function checkLayout(transaction: OrderedTransaction, shard: number, shards: number): void {
  const layout = get(transaction, LAYOUT);
  if (layout === undefined) {
    put(
      transaction,
      LAYOUT,
      new ByteWriter(8).varint(FORMAT).varint(shard).varint(shards).finish(),
    );
    return;
  }
  const reader = new ByteReader(layout);
  const format = reader.varint();
  if (format !== FORMAT) {
    throw new StorageError(
      "foreign",
      `the store has format ${format}, and this version reads format ${FORMAT}`,
    );
  }
  const wasShard = reader.varint();
  const wasShards = reader.varint();
  if (wasShard === shard && wasShards === shards) return;
  throw new StorageError(
    "foreign",
    `the store is shard ${wasShard} of ${wasShards}; it cannot be opened as ${shard} of ${shards}`,
  );
}

function decodeInstalled(value: Uint8Array): InstalledRing {
  const reader = new ByteReader(value);
  const self = decodeUtf8(reader.block());
  const record = reader.raw(reader.remaining);
  if (!isNodeId(self)) throw new StorageError("corrupt", "the ring record names no node");
  return ringOf(self, record);
}

function ringOf(self: NodeId, record: Uint8Array): InstalledRing {
  const view = new RingView(decodeRingRecord(record));
  return { self, view, owned: new OwnedPartitions(self, view), record };
}
