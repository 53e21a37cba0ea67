import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import type { Dot } from "@coterie/vector-clock";
import type { Minted, RowRead } from "../src/commands.ts";
import { MemoryStore } from "../src/memory-store.ts";
import { rowKey } from "../src/row-key.ts";
import { ShardEngine } from "../src/shard-engine.ts";
import { mintOf, ringOf } from "./fixture.ts";

/** What one replica has seen of a key, dot by dot: the whole truth, without clocks. */
export type Seen = ReadonlyMap<string, "present" | "gone">;

export const NODES = ["a", "b", "c"] as const;
export const KEYS = [0, 1].map((key) => rowKey("model", Uint8Array.of(key)));
const BUCKET = { n: 3, mode: "siblings" } as const;

export function nameOf({ actor, counter }: Dot): string {
  return `${actor}:${counter}`;
}

/** Of two accounts of a dot the later one holds: not seen, present, gone. */
export function union(a: Seen, b: Seen): Seen {
  const both = new Map(a);
  for (const [dot, state] of b) if (both.get(dot) !== "gone") both.set(dot, state);
  return both;
}

/** What a put was. */
interface Write {
  readonly operation: string;
  /** It was not the operation's first attempt. */
  readonly retry: boolean;
  /** Operations that it has written over by name. */
  readonly follows: ReadonlySet<string>;
}

/** A client that puts: which dots it has seen, and which operations it follows. */
export interface Writer {
  readonly seen: ReadonlySet<string>;
  readonly follows: ReadonlySet<string>;
}

/** What was minted under each dot. */
export class Writes {
  readonly #byDot = new Map<string, Write>();

  add(dot: string, write: Write): void {
    this.#byDot.set(dot, write);
  }

  operationOf(dot: string): string {
    return this.#byDot.get(dot)!.operation;
  }

  /** Two accounts together; what another write there has replaced by name is gone. */
  together(a: Seen, b: Seen): Seen {
    const both = new Map(union(a, b));
    const present = presentIn(both);
    for (const dot of present) {
      const operation = this.operationOf(dot);
      const isFollowed = present.some((other) => this.#byDot.get(other)!.follows.has(operation));
      if (isFollowed) both.set(dot, "gone");
    }
    return both;
  }

  /** What a put at this row follows: operations with several attempts, of what it replaces and its twins. */
  followedAt(row: Seen, { seen, follows }: Writer, operation: string): Set<string> {
    const present = presentIn(row);
    const covered = new Set(
      present.filter((dot) => seen.has(dot)).map((dot) => this.operationOf(dot)),
    );
    const replaced = present.filter((dot) => covered.has(this.operationOf(dot)));
    const followed = new Set([...follows, ...this.followedBy(replaced)]);
    followed.delete(operation);
    return followed;
  }

  /** What a reader of these dots follows. */
  followedBy(dots: readonly string[]): Set<string> {
    const followed = new Set<string>();
    for (const dot of dots) {
      const { operation, retry, follows } = this.#byDot.get(dot)!;
      const attempts = dots.filter((other) => this.operationOf(other) === operation);
      if (retry || attempts.length > 1) followed.add(operation);
      for (const each of follows) followed.add(each);
    }
    return followed;
  }
}

export function presentIn(row: Seen): string[] {
  return [...row].filter(([, state]) => state === "present").map(([dot]) => dot);
}

/** What a put makes of a row: what its writer has seen is gone, and the new dot is there. */
function afterPut(row: Seen, seen: Iterable<string>, dot: string): Seen {
  const after = new Map(row);
  for (const other of seen) after.set(other, "gone");
  return after.set(dot, "present");
}

/** A real engine on a disk that fails, beside what it should hold. */
export class ModelledReplica {
  readonly #store = new MemoryStore();
  readonly #self: string;
  readonly #random: SeededRandom;
  #engine!: ShardEngine;
  #committed: readonly Seen[] = KEYS.map(() => new Map());
  #staged: readonly Seen[] = this.#committed;
  /** Keys written in the open batch. */
  readonly #written = new Set<number>();
  /** Keys whose row is damaged. */
  readonly #damaged = new Set<number>();
  /** A damaged row was written over: the one partition is recovering from then on. */
  #recovering = false;

  readonly #writes: Writes;

  constructor(self: string, seed: number, writes: Writes) {
    this.#self = self;
    this.#writes = writes;
    this.#random = new SeededRandom(seed);
    this.start();
  }

  /** A process start after a crash: what was staged is lost. */
  start(): void {
    this.#store.crash();
    this.#engine = ShardEngine.open(this.#store.reopen(), {
      shard: 0,
      shards: 1,
      clock: new VirtualTime(),
      random: this.#random,
    });
    if (this.#engine.epoch === 0) {
      const record = ringOf(1, NODES, 1);
      this.#engine.stage({ type: "installRing", self: this.#self, record });
      this.#engine.commit();
    }
    this.#endBatch(this.#committed);
  }

  put(
    key: number,
    { context, seen, follows }: Writer & { readonly context: Uint8Array },
    { operationId, retry }: { readonly operationId: string; readonly retry: boolean },
  ): Minted {
    const row = KEYS[key]!;
    const command = mintOf("v", { row, context, follows: [...follows], operationId, retry });
    const minted = this.#engine.stage(command);
    if (minted.type !== "minted") throw new Error(JSON.stringify(minted));
    if (minted.repeated) return minted;
    const dot = nameOf(minted.dot);
    const before = this.staged(key);
    const followed = this.#writes.followedAt(before, { seen, follows }, operationId);
    this.#writes.add(dot, { operation: operationId, retry, follows: followed });
    this.#stage(key, this.#writes.together(afterPut(before, seen, dot), new Map()));
    return minted;
  }

  merge(key: number, versions: Uint8Array, theirs: Seen): void {
    const merge = { type: "merge", epoch: 1, row: KEYS[key]!, bucket: BUCKET } as const;
    const merged = this.#engine.stage({ ...merge, versions });
    if (merged.type !== "merged") throw new Error(JSON.stringify(merged));
    this.#stage(key, this.#writes.together(this.staged(key), theirs));
  }

  commit(): void {
    if (this.#engine.commit().type === "failed") throw new Error("a commit failed by itself");
    for (const key of this.#written) {
      if (this.#damaged.delete(key)) this.#recovering = true;
    }
    this.#endBatch(this.#staged);
  }

  /** The disk fails the batch. One that wrote nothing cannot fail. */
  failCommit(): void {
    if (this.#written.size === 0) {
      this.commit();
      return;
    }
    this.#store.failNextCommit("io");
    if (this.#engine.commit().type === "committed") throw new Error("the disk did not fail");
    this.#endBatch(this.#committed);
  }

  /** Rot: the row is there and cannot be read. False when there is none. */
  damage(key: number, bit: number): boolean {
    if (this.#committed[key]!.size === 0 || this.#damaged.has(key)) return false;
    this.#store.flipBit("rows", KEYS[key]!, bit);
    this.#forget(key);
    this.#damaged.add(key);
    return true;
  }

  /** The row goes, as after a handoff. */
  drop(key: number): void {
    const transaction = this.#store.begin();
    transaction.delete("rows", KEYS[key]!);
    transaction.commit();
    this.#forget(key);
    this.#damaged.delete(key);
  }

  /** The committed row. Between batches. */
  read(key: number): RowRead {
    const read = this.#engine.read({ epoch: 1, row: KEYS[key]!, bucket: BUCKET, want: "versions" });
    this.#engine.commit();
    if (read.type !== "row") throw new Error(JSON.stringify(read));
    return read;
  }

  committed(key: number): Seen {
    return this.#committed[key]!;
  }

  staged(key: number): Seen {
    return this.#staged[key]!;
  }

  /** Whether a read must say that something may be missing. */
  mayLack(key: number): boolean {
    return this.#recovering || this.#damaged.has(key);
  }

  #forget(key: number): void {
    this.#endBatch(this.#committed.with(key, new Map()));
  }

  #stage(key: number, row: Seen): void {
    // What brings nothing new is not written.
    const before = this.staged(key);
    const same = row.size === before.size && [...row].every(([dot, is]) => before.get(dot) === is);
    if (same && !this.#damaged.has(key)) return;
    this.#staged = this.#staged.with(key, row);
    this.#written.add(key);
  }

  #endBatch(rows: readonly Seen[]): void {
    this.#committed = this.#staged = rows;
    this.#written.clear();
  }
}
