import { assert, fraction, type NodeId, toHex } from "@coterie/core";
import { type Beginning, type NodeEvent, StorageNode } from "@coterie/node";
import type { Bucket } from "@coterie/quorum";
import {
  type MemorySnapshot,
  MemoryStore,
  markAllRecovering,
  ShardEngine,
  type ShardMailbox,
} from "@coterie/shard-engine";
import { LocalMailbox } from "@coterie/shard-engine/local";
import { causalityOf, decodeVersions, live } from "@coterie/versions";
import type { ExchangeRequest, ExchangeResponse } from "@coterie/wire";
import type { ReplicaState } from "./checkers/final-state.ts";
import { Incarnation, MachineClock } from "./incarnation.ts";
import type { MintWatch } from "./mint-watch.ts";
import type { World } from "./world.ts";

export interface SimulatedNodeOptions {
  readonly id: NodeId;
  readonly world: World;
  readonly beginning: Beginning;
  readonly mints: MintWatch;
  readonly onEvent: (node: NodeId, event: NodeEvent) => void;
  readonly requestTimeoutMs: number;
}

/** A machine: its disk outlives its processes, its clock may be wrong, and one real `StorageNode` runs on it. */
export class SimulatedNode {
  readonly id: NodeId;
  disk = new MemoryStore();
  readonly clock: MachineClock;
  /** Of one commit, milliseconds; a slow disk has more. */
  commitMs = 2;
  readonly #options: SimulatedNodeOptions;
  #incarnation: Incarnation | undefined;
  #mailbox: ShardMailbox | undefined;
  #node: StorageNode | undefined;
  #listeners: { close(): void }[] = [];

  constructor(options: SimulatedNodeOptions) {
    this.id = options.id;
    this.clock = new MachineClock(options.world.time);
    this.#options = options;
  }

  /** Where other nodes reach it. */
  get address(): string {
    return this.id;
  }

  /** Where clients reach it. */
  get clientAddress(): string {
    return `${this.id}/clients`;
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
    try {
      await this.#start();
    } catch (error) {
      this.crash();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { world, id, beginning, mints, onEvent, requestTimeoutMs } = this.#options;
    const incarnation = new Incarnation(world.time, this.clock);
    this.#incarnation = incarnation;
    world.log.add(id, "starts");
    const random = world.random.fork();
    const engine = ShardEngine.open(this.disk.reopen(), {
      shard: 0,
      shards: 1,
      clock: incarnation,
      random,
    });
    const mailbox: ShardMailbox = mints.watch(
      id,
      new LocalMailbox(engine, {
        timers: incarnation,
        commitMs: () => this.commitMs * (0.5 + fraction(random)),
        answerMs: () => fraction(random) / 4,
      }),
    );
    this.#mailbox = mailbox;
    const node = await StorageNode.open(
      {
        id,
        address: this.address,
        limits: { requestTimeoutMs, requestTimeoutMsMax: 60_000, valueBytesMax: 1 << 20 },
      },
      {
        clock: incarnation,
        timers: incarnation,
        random,
        dialer: incarnation.dialer(
          world.network.dialer<ExchangeRequest, ExchangeResponse>(this.address),
        ),
        shards: [mailbox],
        onEvent: (event) => {
          world.log.add(id, JSON.stringify(event));
          onEvent(id, event);
        },
      },
    );
    if (!incarnation.isAlive) return;
    this.#node = node;
    this.#listeners = [
      world.network.listen(this.address, incarnation.listener(node.sessions)),
      world.network.listen(this.clientAddress, incarnation.listener(node.clientSessions)),
    ];
    await node.begin(beginning);
  }

  /** The process ends at once. Without a process nobody answers; the others' connections are reset. */
  crash(): void {
    this.#options.world.log.add(this.id, "crashes");
    this.#incarnation?.die();
    this.#incarnation = undefined;
    this.#node = undefined;
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.disk.crash();
  }

  /** What this replica holds of a row. Reads go past the network and past epochs of other nodes. */
  async replicaState(bucket: Bucket, row: Uint8Array): Promise<ReplicaState> {
    assert(this.#mailbox !== undefined, `${this.id} does not run`);
    const { epoch } = await this.#mailbox.stats();
    const read = await this.#mailbox.read({ epoch, row, bucket, want: "versions" });
    assert(read.type === "row", "a replica refused to show its row");
    if (read.versions === undefined) {
      return { node: this.id, operations: undefined, live: [], causality: "" };
    }
    const set = decodeVersions(read.versions);
    return {
      node: this.id,
      operations: set.siblings.map((version) => version.operationId),
      live: live(set, this.#options.world.time.nowMs()).map((version) => version.operationId),
      causality: toHex(causalityOf(read.versions)),
    };
  }

  /** The data directory is gone; the next start finds an empty one. */
  wipe(): void {
    this.#options.world.log.add(this.id, "loses its disk");
    this.disk = new MemoryStore();
  }

  /** An operator puts an older copy of the directory back, the documented way: all of it is recovering. */
  restoreCopy(copy: MemorySnapshot): void {
    this.#options.world.log.add(this.id, "gets an old copy of its disk back");
    this.disk.restore(copy);
    markAllRecovering(this.disk.reopen());
  }

  pause(): void {
    this.#options.world.log.add(this.id, "is paused");
    this.#incarnation?.pause();
  }

  resume(): void {
    this.#options.world.log.add(this.id, "goes on");
    this.#incarnation?.resume();
  }
}
