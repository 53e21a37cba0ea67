import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8, type NodeId } from "@coterie/core";
import type { ScanReport } from "@coterie/rebalance";
import type { NodeStore } from "../node-store.ts";

/** Under `once/`: an older copy of the directory has not copied what the directory had. */
const PREFIX = "once/copied/";

interface Copied {
  readonly whole: Set<NodeId>;
  readonly partial: Set<NodeId>;
}

/**
 * Which partitions this node has copied from whom for the ring change on its way: durable, so that a crash
 * costs no more than the partition that was being copied.
 */
export class RingCopies {
  readonly #store: NodeStore;
  #change = "";
  readonly #copied = new Map<number, Copied>();
  readonly obstacles = new Map<NodeId, string>();

  constructor(store: NodeStore) {
    this.#store = store;
  }

  /** What an earlier start of this directory had copied. */
  async load(): Promise<void> {
    for (const { key, value } of await this.#store.meta(PREFIX)) {
      const reader = new ByteReader(value);
      this.#change = decodeUtf8(reader.block());
      const copied = { whole: readIds(reader), partial: readIds(reader) };
      this.#copied.set(Number(key.slice(PREFIX.length)), copied);
    }
  }

  /** Copies for another change prove nothing about this one; undefined: there is none. */
  async begin(change: string | undefined): Promise<void> {
    if (this.#change === (change ?? "")) return;
    for (const partition of [...this.#copied.keys()]) {
      await this.#store.putMeta(PREFIX + partition, undefined);
      this.#copied.delete(partition);
    }
    this.#change = change ?? "";
    this.obstacles.clear();
  }

  /** Whether the source was read to its end: completely, or as it was while it recovered. */
  has(source: NodeId, partition: number, how: "whole" | "partial"): boolean {
    return this.#copied.get(partition)?.[how].has(source) ?? false;
  }

  async add(source: NodeId, partition: number, how: "whole" | "partial"): Promise<void> {
    const known = this.#copied.get(partition);
    const copied = { whole: new Set(known?.whole), partial: new Set(known?.partial) };
    copied[how].add(source);
    const writer = new ByteWriter(128).block(encodeUtf8(this.#change));
    writeIds(writer, copied.whole);
    writeIds(writer, copied.partial);
    await this.#store.putMeta(PREFIX + partition, writer.finish());
    this.#copied.set(partition, copied);
  }

  /**
   * Partitions that recover wait: this node may lack rows of them all the same. They are asked for at each report, for
   * a start finds what was copied before it, and any write may find a missed collection or a damaged row.
   */
  async report(): Promise<ScanReport | undefined> {
    if (this.#change === "") return undefined;
    const { obstacles } = this;
    const recovering = await this.#store.recoveringPartitions();
    const waiting = new Set(recovering.map(({ partition }) => partition));
    return {
      change: this.#change,
      whole: this.#bySource("whole", waiting),
      partial: this.#bySource("partial", waiting),
      obstacles: new Map(obstacles),
    };
  }

  #bySource(
    how: "whole" | "partial",
    waiting: ReadonlySet<number>,
  ): Map<NodeId, ReadonlySet<number>> {
    const bySource = new Map<NodeId, Set<number>>();
    for (const [partition, copied] of this.#copied) {
      if (waiting.has(partition)) continue;
      for (const source of copied[how]) {
        const partitions = bySource.get(source);
        if (partitions === undefined) bySource.set(source, new Set([partition]));
        else partitions.add(partition);
      }
    }
    return bySource;
  }
}

function writeIds(writer: ByteWriter, ids: ReadonlySet<NodeId>): void {
  writer.varint(ids.size);
  for (const id of ids) writer.block(encodeUtf8(id));
}

function readIds(reader: ByteReader): Set<NodeId> {
  const ids = new Set<NodeId>();
  for (let left = reader.varint(); left > 0; left--) ids.add(decodeUtf8(reader.block()));
  return ids;
}
