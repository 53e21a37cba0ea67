import { type NodeId, systemClock, systemRandom, systemTimers } from "@coterie/core";
import { type Beginning, StorageNode } from "@coterie/node";
import type { Dialer } from "@coterie/peer-session";
import type { MemoryNetwork } from "@coterie/peer-session/testing";
import { MemoryStore, ShardEngine } from "@coterie/shard-engine";
import { LocalMailbox } from "@coterie/shard-engine/local";
import type { ExchangeRequest, ExchangeResponse } from "@coterie/wire";
import { MortalPorts } from "./mortal-ports.ts";

const LIMITS = { requestTimeoutMs: 5_000, requestTimeoutMsMax: 60_000, valueBytesMax: 1 << 20 };

/** A machine of the test: its disk outlives its processes, and one real `StorageNode` runs on it. */
export class TestNode {
  readonly id: NodeId;
  readonly #network: MemoryNetwork;
  readonly #beginning: Beginning;
  readonly #disk = new MemoryStore();
  #process: { readonly ports: MortalPorts; readonly listeners: { close(): void }[] } | undefined;
  #node: StorageNode | undefined;

  constructor(id: NodeId, network: MemoryNetwork, beginning: Beginning) {
    this.id = id;
    this.#network = network;
    this.#beginning = beginning;
  }

  /** Where clients reach the node whose address other nodes know. */
  static clientAddress(address: string): string {
    return `${address}/clients`;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts a process on the disk as it is; resolves when it serves. */
  async start(): Promise<void> {
    const ports = new MortalPorts(systemClock, systemTimers);
    const random = systemRandom;
    const engine = ShardEngine.open(this.#disk.reopen(), {
      shard: 0,
      shards: 1,
      clock: systemClock,
      random,
    });
    const listeners: { close(): void }[] = [];
    this.#process = { ports, listeners };
    const dialer: Dialer<ExchangeRequest, ExchangeResponse> = this.#network.dialer(this.id);
    const node = await StorageNode.open(
      { id: this.id, address: this.id, limits: LIMITS },
      {
        clock: ports,
        timers: ports,
        random,
        dialer: ports.dialer(dialer),
        shards: [new LocalMailbox(engine, { timers: ports, scrubRows: 256 })],
        onEvent: () => {},
      },
    );
    this.#node = node;
    listeners.push(
      this.#network.listen(this.id, node.sessions),
      this.#network.listen(TestNode.clientAddress(this.id), node.clientSessions),
    );
    await node.begin(this.#beginning);
  }

  /** The process ends at once: nothing of it runs or answers any more. What it had acknowledged is on the disk. */
  crash(): void {
    this.#process?.ports.die();
    for (const listener of this.#process?.listeners ?? []) listener.close();
    this.#process = undefined;
    this.#node = undefined;
    this.#disk.crash();
  }

  /** Ends the process in order. */
  async stop(): Promise<void> {
    await this.#node?.stop();
    this.crash();
  }
}
