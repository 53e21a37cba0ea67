import { assert, type NodeId, type Token } from "@coterie/core";
import {
  type CollectionAnswer,
  type CollectionQuestion,
  type CommitResult,
  encodeRingRecord,
  type KeptHint,
  type MerkleAnswer,
  type MerkleQuestion,
  type MetaEntry,
  type ReadCommand,
  type ReadResult,
  type RingRecord,
  type ScanCommand,
  type ScanResult,
  type ShardMailbox,
  type ShardStats,
  type ShardWrite,
  type Staged,
  shardOfRow,
  type TreeName,
  type WriteCommand,
} from "@coterie/shard-engine";
import { type Era, FIRST_ERA } from "@coterie/versions";

/** Thrown while a node starts or changes what it knows of itself, never by a client's request. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
}

/** This node's shards as one store: a row lives in shard `partition mod shards`, the node's own facts in shard 0. */
export class NodeStore {
  readonly #shards: readonly ShardMailbox[];
  readonly #eras = new Map<number, Era>();
  #partitions = 1;
  #onCommit: ((committed: Promise<CommitResult>) => void) | undefined;

  constructor(shards: readonly ShardMailbox[]) {
    assert(shards.length > 0, "a node has at least one shard");
    this.#shards = shards;
  }

  /** At once where the shard's rows are at hand. */
  read(command: ReadCommand): ReadResult | Promise<ReadResult> {
    return this.#shardOf(command.row).read(command);
  }

  /** Rows of one partition. */
  scan(command: ScanCommand): Promise<ScanResult> {
    return this.#shardWith(command.partition).scan(command);
  }

  /** What a collection round asks of one partition's committed rows. */
  collection(question: CollectionQuestion): Promise<CollectionAnswer> {
    return this.#shards[question.partition % this.#shards.length]!.collection(question);
  }

  /** A step of a collection round at one partition. */
  async collect(
    command: Extract<WriteCommand, { type: "sweepPartition" | "collectRows" | "adoptEra" }>,
  ): Promise<Staged> {
    const write = this.#shards[command.partition % this.#shards.length]!.write(command);
    const staged = await write.staged;
    if (staged.type === "refused") return staged;
    const committed = await write.committed;
    await this.refreshEras();
    if (committed.type === "committed") return staged;
    const { detail } = committed;
    return { type: "refused", reason: "storage", detail, epoch: 0 };
  }

  /**
   * Of a row's partition, as far as the event loop knows: never later than the shard's, so that a request which
   * is told it now is never taken for younger than it is.
   */
  eraOf(partition: number): Era {
    return this.#eras.get(partition) ?? FIRST_ERA;
  }

  /** Where anything was swept. */
  get eras(): ReadonlyMap<number, Era> {
    return this.#eras;
  }

  /** Asks the shards. */
  async refreshEras(): Promise<void> {
    for (const { eras } of await this.stats()) {
      for (const [partition, swept, collected] of eras) {
        this.#eras.set(partition, { swept, collected });
      }
    }
  }

  /** Hints of all shards, one shard after the other. `next` of the last slice continues where it ended. */
  async hints(
    from: Uint8Array | undefined,
    limit: number,
  ): Promise<{ hints: readonly KeptHint[]; next: Uint8Array | undefined }> {
    // The first byte of our own cursor says which shard; the rest is that shard's.
    const shard = from?.[0] ?? 0;
    const inner = from === undefined || from.length === 1 ? undefined : from.subarray(1);
    const result = await this.#shards[shard]!.hints({ from: inner, limit });
    if (result.type === "refused") return { hints: [], next: undefined };
    if (result.next !== undefined) {
      return { hints: result.hints, next: Uint8Array.of(shard, ...result.next) };
    }
    const isLast = shard + 1 === this.#shards.length;
    return { hints: result.hints, next: isLast ? undefined : Uint8Array.of(shard + 1) };
  }

  /** For commands about one row. */
  write(command: Extract<WriteCommand, { row: Uint8Array }>): ShardWrite {
    const write = this.#shardOf(command.row).write(command);
    this.#onCommit?.(write.committed);
    return write;
  }

  /** Shows each write of a row from now on, to be timed. */
  watchCommits(watch: (committed: Promise<CommitResult>) => void): void {
    this.#onCommit = watch;
  }

  /** Makes the ring durable on every shard; rows are found by its Q from then on. */
  async installRing(self: NodeId, record: RingRecord): Promise<void> {
    this.#partitions = record.partitions;
    await this.#onEveryShard({ type: "installRing", self, record: encodeRingRecord(record) });
  }

  /** Marks every partition as one that may lack data (design §8: such a replica never counts for R). */
  async markAllRecovering(): Promise<void> {
    await this.#onEveryShard({ type: "setRecovering", partition: "all", recovering: true });
  }

  /** Partitions that this replica may lack data of, ascending, each with the mark that ends its recovery. */
  async recoveringPartitions(): Promise<readonly { partition: number; mark: number }[]> {
    const shards = await this.stats();
    return shards
      .flatMap(({ recoveringPartitions, recoveryMark: mark }) =>
        recoveringPartitions.map((partition) => ({ partition, mark })),
      )
      .sort((a, b) => a.partition - b.partition);
  }

  /**
   * The partition votes in reads again, unless damage was found in it since the mark was given. Throws
   * `StoreFailure` then, and when it cannot be made durable.
   */
  async endRecovery(partition: number, mark: number): Promise<void> {
    const command = { type: "setRecovering", partition, recovering: false, mark } as const;
    await durable(this.#shardWith(partition).write(command));
  }

  /** Partitions with damaged rows that were met and not yet written over, ascending. */
  async suspectPartitions(): Promise<readonly number[]> {
    const shards = await this.stats();
    return shards.flatMap(({ suspectPartitions }) => suspectPartitions).sort((a, b) => a - b);
  }

  /** Gives those of one partition up, which recovers then. Throws `StoreFailure`. */
  async dropDamaged(partition: number): Promise<void> {
    await durable(this.#shardWith(partition).write({ type: "dropDamaged", partition }));
  }

  /** About the leaves of one partition. */
  merkle(question: Exclude<MerkleQuestion, { type: "roots" }>): Promise<MerkleAnswer> {
    return this.#shardWith(question.of.partition).merkle(question);
  }

  /** The roots of these trees, in this order; undefined where rows are still being added up, or the shard does not answer. */
  async roots(epoch: number, of: readonly TreeName[]): Promise<readonly (Token | undefined)[]> {
    const roots: (Token | undefined)[] = of.map(() => undefined);
    const byShard = this.#shards.map(() => [] as number[]);
    for (const [at, { partition }] of of.entries()) byShard[partition % byShard.length]!.push(at);
    await Promise.all(
      byShard.map(async (places, shard) => {
        if (places.length === 0) return;
        const trees = places.map((at) => of[at]!);
        const answer = await this.#shards[shard]!.merkle({ type: "roots", epoch, of: trees });
        if (answer.type !== "roots") return;
        for (const [i, at] of places.entries()) roots[at] = answer.roots[i];
      }),
    );
    return roots;
  }

  async meta(prefix: string): Promise<readonly MetaEntry[]> {
    const result = await this.#shards[0]!.meta(prefix);
    if (result.type === "refused") throw new StoreFailure(result.detail);
    return result.entries;
  }

  /** Undefined deletes it. */
  async putMeta(key: string, value: Uint8Array | undefined): Promise<void> {
    await durable(this.#shards[0]!.write({ type: "putMeta", key, value }));
  }

  stats(): Promise<ShardStats[]> {
    return Promise.all(this.#shards.map((shard) => shard.stats()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  #shardWith(partition: number): ShardMailbox {
    return this.#shards[partition % this.#shards.length]!;
  }

  #shardOf(row: Uint8Array): ShardMailbox {
    return this.#shards[shardOfRow(row, this.#partitions, this.#shards.length)]!;
  }

  async #onEveryShard(command: WriteCommand): Promise<void> {
    await Promise.all(this.#shards.map((shard) => durable(shard.write(command))));
  }
}

async function durable(write: ShardWrite): Promise<void> {
  const staged = await write.staged;
  if (staged.type === "refused") throw new StoreFailure(staged.detail);
  const committed: CommitResult = await write.committed;
  if (committed.type === "failed") throw new StoreFailure(committed.detail);
}
