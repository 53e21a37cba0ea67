import { deepStrictEqual } from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@coterie/client";
import { eventually } from "../cluster/eventually.ts";
import { RealCluster } from "../cluster/real-cluster.ts";

const BUCKET = "repaired";
const VALUE_BYTES = 100;
/** Of a row: token, bucket and key; and what an encoded set has around one value. */
const AROUND_BYTES = 8 + 1 + BUCKET.length + 42;

/** What a node says of one repair. */
export interface RepairedNode {
  readonly id: string;
  readonly comparisons: number;
  readonly compared: number;
  readonly failed: number;
  readonly differed: number;
  readonly pulled: number;
  readonly pushed: number;
}

interface StatusNode {
  readonly id: string;
  readonly recoveringPartitions: number;
  readonly rows: number;
  readonly suspectRows: number;
  readonly unrepairedMs: number;
}

/** Three real nodes that hold the same keys, and ways to do them harm. Continuous comparison is off, to be asked for. */
export class RepairCluster {
  readonly cluster: RealCluster;
  readonly keys: readonly string[];

  private constructor(cluster: RealCluster, keys: readonly string[]) {
    this.cluster = cluster;
    this.keys = keys;
  }

  static async start(count: number): Promise<RepairCluster> {
    const cluster = await RealCluster.start(3, ["--repair-interval-s", "86400"]);
    try {
      const keys = Array.from({ length: count }, (_, i) => `key-${i.toString().padStart(7, "0")}`);
      await using store = await connect(cluster.addresses.split(","));
      const bucket = store.bucket<string>(BUCKET);
      const queue = keys.values();
      const writer = async (): Promise<void> => {
        for (const key of queue) {
          await bucket.put(key, textOf(key), "unseen", { level: "all", timeoutMs: 30_000 });
        }
      };
      await Promise.all(Array.from({ length: 128 }, writer));
      return new RepairCluster(cluster, keys);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Bytes of the rows as they travel: key and encoded versions, nothing around them. */
  get encodedBytes(): number {
    return (
      this.keys.reduce((sum, key) => sum + key.length, 0) +
      this.keys.length * (AROUND_BYTES + VALUE_BYTES)
    );
  }

  async status(id: string): Promise<StatusNode> {
    const { code, stdout, stderr } = await this.cluster.run(["status", "--json"]);
    deepStrictEqual(code, 0, stderr);
    const { nodes } = JSON.parse(stdout) as { nodes: StatusNode[] };
    return nodes.find((node) => node.id === id)!;
  }

  /** `coterie repair`, until everything could be compared. */
  async repair(...args: string[]): Promise<readonly RepairedNode[]> {
    return eventually(async () => {
      const { code, stdout, stderr } = await this.cluster.run(["repair", "--json", ...args]);
      deepStrictEqual(code, 0, stderr);
      return (JSON.parse(stdout) as { nodes: RepairedNode[] }).nodes;
    }, 120_000);
  }

  async end(id: string): Promise<void> {
    const ended = this.cluster.process(id);
    ended.signal("SIGTERM");
    await ended.finished;
  }

  /** The data directory goes, as with a machine. */
  wipe(id: string): void {
    rmSync(this.cluster.node(id).dataDirectory, { recursive: true });
  }

  /** One bit of the values of these keys, in the files of a node that has ended. */
  rot(id: string, keys: readonly string[]): void {
    const { dataDirectory } = this.cluster.node(id);
    for (const name of readdirSync(dataDirectory)) {
      if (!name.includes("shard")) continue;
      const file = join(dataDirectory, name);
      const bytes = readFileSync(file);
      const fd = openSync(file, "r+");
      for (const key of keys) {
        const text = textOf(key);
        for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
          writeSync(fd, Uint8Array.of(bytes[at]! ^ 1), 0, 1, at);
        }
      }
      closeSync(fd);
    }
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}

function textOf(key: string): string {
  return `the value of ${key} `.padEnd(VALUE_BYTES, "x");
}
