import { assert, fraction, type NodeId, type SeededRandom, toHex } from "@coterie/core";
import { type Beginning, type CollectionOptions, type NodeEvent, StorageNode } from "@coterie/node";
import type { ChannelEvents, Listener } from "@coterie/peer-session";
import type { Bucket } from "@coterie/quorum";
import {
  type MemorySnapshot,
  ShardEngine,
  type ShardMailbox,
  type ShardStats,
} from "@coterie/shard-engine";
import { CachedStore, CommittedRowCache, LocalMailbox } from "@coterie/shard-engine/local";
import { causalityOf, decodeVersions, live, operationsOf } from "@coterie/versions";
import type { ExchangeRequest, ExchangeResponse } from "@coterie/wire";
import type { ReplicaState } from "./checkers/final-state.ts";
import { type DeathMoment, Incarnation, MachineClock } from "./incarnation.ts";
import { leafFaults } from "./leaf-faults.ts";
import { logNodeEvent } from "./node-log.ts";
import type { ShardWatch } from "./shard-watch.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import type { World } from "./world.ts";

/** Often, so that short runs meet it; and as much longer than a write is on its way as its deadline is shorter. */
const ANTI_ENTROPY = { intervalMs: 8_000, settleMs: 1_500 };

export interface SimulatedNodeOptions {
  readonly id: NodeId;
  /** Where clients reach it: that of the machine, whichever node runs there. */
  readonly clientAddress: string;
  readonly world: World;
  readonly beginning: Beginning;
  readonly watch: ShardWatch;
  readonly onEvent: (node: NodeId, event: NodeEvent) => void;
  readonly requestTimeoutMs: number;
  readonly collection: CollectionOptions;
  readonly hintBytesMax: number;
}

/** Of rows that are remembered: less than there are in some runs, so that some are pushed out. */
const ROWS_BYTES = 4 << 10;

/** What hears of a connection that nobody takes. */
const DEAF: ChannelEvents<never> = { frame: () => {}, closed: () => {} };

/** A machine: its disk outlives its processes, its clock may be wrong, and one real `StorageNode` runs on it. */
export class SimulatedNode {
  readonly id: NodeId;
  /** Where other nodes reach it. */
  address: string;
  readonly disk = new SimulatedDisk();
  readonly clock: MachineClock;
  readonly #options: SimulatedNodeOptions;
  readonly #random: SeededRandom;
  #incarnation: Incarnation | undefined;
  #mailbox: ShardMailbox | undefined;
  #node: StorageNode | undefined;
  /** Without power nothing answers; without a process the machine says that nothing listens. */
  #hasPower = true;

  constructor(options: SimulatedNodeOptions) {
    const { id, world } = options;
    this.id = id;
    this.clock = new MachineClock(world.time);
    this.#options = options;
    this.#random = world.random.fork();
    this.address = id;
    this.#listen();
    world.network.listen(
      this.clientAddress,
      this.#listener(() => this.#node?.clientSessions),
    );
  }

  get clientAddress(): string {
    return this.#options.clientAddress;
  }

  get isRunning(): boolean {
    return this.#incarnation !== undefined;
  }

  get isPaused(): boolean {
    return this.#incarnation?.isPaused ?? false;
  }

  /** The process that runs, for checkers to look into. */
  get node(): StorageNode | undefined {
    return this.#node;
  }

  /** Starts a process on the disk as it is. Rejects when it cannot start; then nothing runs. */
  async start(): Promise<void> {
    this.#hasPower = true;
    const incarnation = new Incarnation(this.#options.world.time, this.clock);
    this.#incarnation = incarnation;
    try {
      await this.#start(incarnation);
    } catch (error) {
      if (this.#incarnation === incarnation) this.crash();
      throw error;
    }
  }

  async #start(incarnation: Incarnation): Promise<void> {
    const { world, id, beginning, watch, onEvent, requestTimeoutMs, collection } = this.#options;
    const { hintBytesMax } = this.#options;
    // In half of the runs, with odd seeds and even ones, rows are remembered, as real nodes do in front of a shard and in its thread.
    const remembers = world.seed % 4 === 1 || world.seed % 4 === 2;
    world.log.add(id, "starts");
    const random = this.#random.fork();
    const store = this.disk.open();
    const engine = ShardEngine.open(remembers ? new CachedStore(store, ROWS_BYTES) : store, {
      shard: 0,
      shards: 1,
      clock: incarnation,
      random,
      hintBytesMax,
    });
    const mailbox = new LocalMailbox(engine, {
      timers: incarnation,
      commitMs: () => this.disk.begin(random),
      answerMs: () => fraction(random) / 4,
      scrubRows: 64,
    });
    this.#mailbox = mailbox;
    const rows = remembers ? new CommittedRowCache(mailbox, { bytesMax: ROWS_BYTES }) : mailbox;
    const node = await StorageNode.open(
      {
        id,
        address: this.address,
        antiEntropy: ANTI_ENTROPY,
        limits: { requestTimeoutMs, requestTimeoutMsMax: 60_000, valueBytesMax: 1 << 20 },
        collection,
      },
      {
        clock: incarnation,
        timers: incarnation,
        random,
        dialer: incarnation.dialer(
          world.network.dialer<ExchangeRequest, ExchangeResponse>(this.address),
        ),
        shards: [watch.watch(id, rows)],
        onEvent: (event) => {
          logNodeEvent(world.log, id, event);
          onEvent(id, event);
        },
      },
    );
    if (!incarnation.isAlive) return;
    this.#node = node;
    await node.begin(beginning);
  }

  /** The process ends at the given moment of its life, and `died` is called then. */
  dieAt(moment: DeathMoment & { readonly power: boolean }, died: () => void): void {
    this.#incarnation?.dieAt(moment, () => {
      this.crash(moment.power);
      died();
    });
  }

  /** It need not die any more. */
  disarm(): void {
    this.#incarnation?.disarm();
  }

  /** The process ends at once. Unless the machine has lost its power the other ends are told. */
  crash(power = false): void {
    const { world, id } = this.#options;
    world.log.add(id, power ? "loses its power" : "crashes");
    this.#incarnation?.die();
    this.#incarnation = undefined;
    this.#node = undefined;
    this.#hasPower = !power;
    for (const other of world.endpoints) {
      for (const own of [this.address, this.clientAddress]) {
        if (power) world.network.hang(own, other);
        else world.network.break(own, other, `${id} has stopped`);
      }
    }
    this.disk.crash();
  }

  /** What this replica holds of a row. Reads go past the network and past epochs of other nodes. */
  async replicaState(bucket: Bucket, row: Uint8Array): Promise<ReplicaState> {
    const { versions } = (this.isRunning && (await this.held(bucket, row))) || {};
    if (versions === undefined) {
      return { node: this.id, operations: undefined, live: [], causality: "" };
    }
    const set = decodeVersions(versions);
    return {
      node: this.id,
      operations: operationsOf(versions).present,
      live: live(set, this.#options.world.time.nowMs()).map((version) => version.operationId),
      causality: toHex(causalityOf(versions)),
    };
  }

  /** The same, as the replica keeps it, if there is a row; undefined: it does not own the key at this moment. */
  async held(
    bucket: Bucket,
    row: Uint8Array,
  ): Promise<{ readonly versions: Uint8Array | undefined } | undefined> {
    assert(this.isRunning && this.#mailbox !== undefined, `${this.id} does not run`);
    const { epoch } = await this.#mailbox.stats();
    const read = await this.#mailbox.read({ epoch, row, bucket, want: "versions" });
    return read.type === "row" ? read : undefined;
  }

  /** Sentences: where the leaves of the shard are not what its rows add up to, or still being added up. */
  async leafFaults(partitions: number, n: number): Promise<string[]> {
    if (!this.isRunning || this.#mailbox === undefined) return [`${this.id} does not run`];
    const sentences = await leafFaults(this.id, this.#mailbox, partitions, n);
    const { correctedPartitions } = await this.#mailbox.stats();
    // The scrub would hide leaves that went wrong by themselves; only rot may give it something to correct.
    if (correctedPartitions > 0 && !this.disk.everRotted) {
      sentences.push(`the scrub found the leaves of ${correctedPartitions} partitions wrong`);
    }
    return sentences;
  }

  /** What the shard says of itself. */
  stats(): Promise<ShardStats> {
    assert(this.#mailbox !== undefined, `${this.id} does not run`);
    return this.#mailbox.stats();
  }

  /** The machine gets another address, to be used from its next start on. */
  move(address: string): void {
    assert(!this.isRunning, `${this.id} runs`);
    this.address = address;
    this.#listen();
  }

  wipe(): void {
    this.#options.world.log.add(this.id, "loses its disk");
    this.disk.wipe();
  }

  /** Bits of stored rows flip. */
  rot(rows: readonly number[]): void {
    this.#options.world.log.add(this.id, `${this.disk.rot(rows)} of its rows rot`);
  }

  restoreCopy(copy: MemorySnapshot): void {
    this.#options.world.log.add(this.id, "gets an old copy of its disk back");
    this.disk.restore(copy);
  }

  pause(): void {
    this.#options.world.log.add(this.id, "is paused");
    this.#incarnation?.pause();
  }

  resume(): void {
    this.#options.world.log.add(this.id, "goes on");
    this.#incarnation?.resume();
  }

  #listen(): void {
    const { world } = this.#options;
    world.endpoints.add(this.address);
    world.network.listen(
      this.address,
      this.#listener(() => this.#node?.sessions),
    );
  }

  #listener<Out, In>(process: () => Listener<Out, In> | undefined): Listener<Out, In> {
    return {
      accept: (channel, from) => {
        const listener = process();
        if (listener !== undefined)
          return this.#incarnation!.listener(listener).accept(channel, from);
        if (this.#hasPower) channel.close(`nothing listens at ${this.id}`);
        return DEAF;
      },
    };
  }
}
