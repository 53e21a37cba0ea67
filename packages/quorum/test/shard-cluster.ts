import { fraction, type NodeId, type Random } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { Ring } from "@coterie/hash-ring";
import {
  encodeRingRecord,
  MemoryStore,
  partitionOfRow,
  type RingRecord,
  rowKey,
  ShardEngine,
  stableRing,
  type WriteCommand,
} from "@coterie/shard-engine";
import { LocalMailbox } from "@coterie/shard-engine/local";
import type { Bucket } from "../src/bucket.ts";
import { Coordinator } from "../src/coordinator.ts";
import type { Placement, Replicas, ReplicaWrite } from "../src/replicas.ts";
import { mergeInto, mintIn, readFrom } from "./shard-calls.ts";

const PARTITIONS = 8;

/** What the network and the disks do to a cluster; each chance is 0 to 1. */
export interface Weather {
  readonly delayMs: number;
  readonly loss: number;
  readonly stall: number;
  /** Of a peer to refuse a call, as one whose queue is full. */
  readonly refusal: number;
  readonly commitMs: number;
}

export const CALM: Weather = { delayMs: 2, loss: 0, stall: 0, refusal: 0, commitMs: 3 };

type Failure = Exclude<ReplicaWrite, { readonly type: "durable" }>;

const OVERLOADED: Failure = {
  type: "refused",
  refusal: "overloaded",
  epoch: 0,
  detail: "its queue is full",
};

/** A real shard engine on a disk in memory, and what dies with one process start. */
class Start {
  readonly mailbox: LocalMailbox;
  readonly coordinator: Coordinator;
  record: RingRecord | undefined;
  isAlive = false;

  constructor(mailbox: LocalMailbox, makeCoordinator: (start: Start) => Coordinator) {
    this.mailbox = mailbox;
    this.coordinator = makeCoordinator(this);
  }
}

/** Nodes in one process: real engines and coordinators, and a network that loses, delays and kills. */
export class ShardCluster {
  readonly time = new VirtualTime();
  readonly ids: readonly NodeId[];
  readonly stores = new Map<NodeId, MemoryStore>();
  weather: Weather = CALM;
  record: RingRecord;
  readonly #random: Random;
  readonly #starts = new Map<NodeId, Start>();

  constructor(ids: readonly NodeId[], random: Random) {
    this.ids = ids;
    this.#random = random;
    const owners = ids.map((id) => ({ id, weight: 1, zone: "" }));
    this.record = stableRing({ epoch: 1, partitions: PARTITIONS, owners });
  }

  async startAll(): Promise<void> {
    for (const id of this.ids) {
      this.stores.set(id, new MemoryStore());
      await this.start(id);
    }
  }

  /** Starts a node on its disk, or on an empty one, which makes it recovering. It serves when all of that is durable. */
  async start(id: NodeId, { wiped = false } = {}): Promise<void> {
    if (wiped) this.stores.set(id, new MemoryStore());
    const start = await this.#untilItWorks(() => this.#open(id));
    const record = encodeRingRecord(this.record);
    await this.#untilItWorks(() => this.#write(start, { type: "installRing", self: id, record }));
    start.record = this.record;
    if (wiped) {
      await this.#untilItWorks(() =>
        this.#write(start, { type: "setRecovering", partition: "all", recovering: true }),
      );
    }
    start.isAlive = true;
  }

  #open(id: NodeId): Start {
    const { time } = this;
    const engine = ShardEngine.open(this.stores.get(id)!.reopen(), {
      shard: 0,
      shards: 1,
      clock: time,
      random: this.#random,
    });
    const commitMs = () => this.#spread(this.weather.commitMs);
    const start = new Start(
      new LocalMailbox(engine, { timers: time, commitMs, answerMs: commitMs }),
      (self) =>
        new Coordinator(
          {
            replicas: this.#replicas(id, self),
            clock: time,
            timers: time,
            random: this.#random,
          },
          { replicationTimeoutMs: 500, hedge: { ratio: 0.1, burst: 3 } },
        ),
    );
    this.#starts.set(id, start);
    return start;
  }

  /** The disk may be one that fails a commit. */
  async #untilItWorks<T>(attempt: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch {
        await this.time.run(1);
      }
    }
  }

  async #write(start: Start, command: WriteCommand): Promise<void> {
    const { committed } = start.mailbox.write(command);
    await this.time.run(100);
    if ((await committed).type === "failed") throw new Error("the commit failed");
  }

  /** The process dies: what was not committed is gone, and nothing of it answers any more. */
  kill(id: NodeId): void {
    const start = this.#starts.get(id)!;
    start.isAlive = false;
    start.mailbox.crash();
    this.stores.get(id)!.crash();
  }

  isAlive(id: NodeId): boolean {
    return this.#starts.get(id)!.isAlive;
  }

  coordinator(id: NodeId): Coordinator {
    return this.#starts.get(id)!.coordinator;
  }

  row(bucket: Bucket, key: string): Uint8Array {
    return rowKey(
      bucket.name,
      Uint8Array.from(key, (character) => character.charCodeAt(0)),
    );
  }

  /** A ring of the next epoch, which one node learns first. */
  async nextEpoch(id: NodeId): Promise<void> {
    this.record = { ...this.record, epoch: this.record.epoch + 1 };
    const start = this.#starts.get(id)!;
    if (!start.isAlive) return;
    const record = encodeRingRecord(this.record);
    const epoch = this.record;
    const write = start.mailbox.write({ type: "installRing", self: id, record });
    await this.time.run(100);
    if (start.isAlive && (await write.committed).type === "committed") start.record = epoch;
  }

  /** What a node's disk holds of a row; undefined: nothing. */
  async stored(id: NodeId, row: Uint8Array, bucket: Bucket): Promise<Uint8Array | undefined> {
    const start = this.#starts.get(id)!;
    const reading = start.mailbox.read({
      epoch: start.record!.epoch,
      row,
      bucket,
      want: "versions",
    });
    await this.time.run(100);
    const result = await reading;
    return result.type === "row" ? result.versions : undefined;
  }

  #spread(aroundMs: number): number {
    return aroundMs * (0.5 + fraction(this.#random));
  }

  #chance(of: number): boolean {
    return fraction(this.#random) < of;
  }

  /** Carries a call to another node and its answer back; either may be lost, or meet a dead process. */
  #call<T>(
    from: Start,
    to: NodeId,
    deadlineMs: number,
    work: (peer: Start) => Promise<T>,
  ): Promise<T | Failure> {
    const { time, weather } = this;
    return new Promise((resolve) => {
      const answer = (value: Parameters<typeof resolve>[0]) => {
        if (from.isAlive) resolve(value);
      };
      if (!this.isAlive(to)) {
        time.after(1, () => answer({ type: "notSent", reason: "no connection" }));
        return;
      }
      const peer = this.#starts.get(to)!;
      const loseBy = () => answer({ type: "lost", reason: "the session broke" });
      time.after(Math.max(0, deadlineMs - time.monotonicMs()), loseBy);
      const delayMs = () =>
        this.#spread(weather.delayMs) + (this.#chance(weather.stall) ? 30 * weather.delayMs : 0);
      if (this.#chance(weather.loss)) return;
      time.after(delayMs(), () => {
        if (!peer.isAlive) return;
        if (this.#chance(weather.refusal)) {
          time.after(delayMs(), () => answer(OVERLOADED));
          return;
        }
        work(peer).then((reply) => {
          if (this.#chance(weather.loss)) return;
          time.after(delayMs(), () => answer(reply));
        });
      });
    });
  }

  #replicas(self: NodeId, own: Start): Replicas {
    return {
      self,
      placement: (row, bucket) => this.#placement(own, row, bucket),
      mint: (command) => mintIn(own.mailbox, command),
      merge: (to, row, versions, bucket, options) =>
        to === self
          ? mergeInto(own.mailbox, row, versions, bucket, options)
          : this.#call(own, to, options.deadlineMs, (peer) =>
              mergeInto(peer.mailbox, row, versions, bucket, options),
            ),
      read: (from, row, want, bucket, options) =>
        from === self
          ? readFrom(own.mailbox, row, want, bucket, options)
          : this.#call(own, from, options.deadlineMs, (peer) =>
              readFrom(peer.mailbox, row, want, bucket, options),
            ),
      rank: (nodes) => nodes,
      expectedLatencyMs: () => 4 * this.weather.delayMs,
      isDown: () => false,
      agreeOnEpoch: (node) =>
        this.#call(own, node, this.time.monotonicMs() + 50, (peer) =>
          this.#agree(own, peer, self, node),
        ).then(() => undefined),
      onMissed: () => {},
    };
  }

  #placement({ record }: Start, row: Uint8Array, bucket: Bucket): Placement {
    const { epoch, owners, partitions } = record!;
    const ring = Ring.build(owners, { partitions, replicas: bucket.n });
    const primaries = ring.primaries(partitionOfRow(row, partitions));
    return { epoch, writeGroups: [primaries], readGroups: [primaries], fallbacks: [] };
  }

  async #agree(own: Start, peer: Start, self: NodeId, node: NodeId): Promise<void> {
    const [ours, theirs] = [own.record!, peer.record!];
    const [behind, record] = ours.epoch < theirs.epoch ? [self, theirs] : [node, ours];
    const start = behind === self ? own : peer;
    const write = start.mailbox.write({
      type: "installRing",
      self: behind,
      record: encodeRingRecord(record),
    });
    if ((await write.committed).type === "committed" && record.epoch > start.record!.epoch) {
      start.record = record;
    }
  }
}
