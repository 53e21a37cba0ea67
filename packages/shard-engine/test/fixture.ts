import { ByteReader, ByteWriter, SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import type { HlcStamp } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import { decodeVersions, type Mode, type VersionSet } from "@coterie/versions";
import type { CommitResult, MintCommand, Minted, RowRead, Staged } from "../src/commands.ts";
import { MemoryStore } from "../src/memory-store.ts";
import { encodeRingRecord, stableRing } from "../src/ring-record.ts";
import { rowKey } from "../src/row-key.ts";
import { ShardEngine } from "../src/shard-engine.ts";
import type { ShardEngineOptions } from "../src/shard-engine-options.ts";

const PARTITIONS = 16;
export const ROW = rowKey("carts", Uint8Array.of(1));

let seeds = 1;

/** The ring of these owners, each alike. */
export function ringOf(epoch: number, ids: readonly string[], partitions = PARTITIONS): Uint8Array {
  const owners = ids.map((id) => ({ id, weight: 1, zone: "" }));
  return encodeRingRecord(stableRing({ epoch, partitions, owners }));
}

export interface Opened {
  readonly store: MemoryStore;
  readonly engine: ShardEngine;
  readonly time: VirtualTime;
}

/** A process start on a store: the only shard of node `self`, with a ring of a, b and c if it has none. */
export function start({
  store = new MemoryStore(),
  time = new VirtualTime(),
  self = "a",
  ring = ringOf(1, ["a", "b", "c"]),
  ...options
}: Partial<Omit<Opened, "engine"> & ShardEngineOptions> & {
  self?: string;
  ring?: Uint8Array | null;
} = {}): Opened {
  const engine = ShardEngine.open(store, {
    shard: 0,
    shards: 1,
    clock: time,
    random: new SeededRandom(seeds++),
    ...options,
  });
  if (engine.epoch === 0 && ring !== null) {
    engine.stage({ type: "installRing", self, record: ring });
    engine.commit();
  }
  return { store, engine, time };
}

/** The next process start on the same store. */
export function restart(
  { store, time }: Opened,
  options: Partial<ShardEngineOptions> = {},
): Opened {
  return start({ store: store.reopen(), time, ...options });
}

let operations = 0;

export function operationId(): string {
  return (++operations).toString(16).padStart(32, "0");
}

/** A put of the text `value`. */
export function mintOf(
  value: string,
  { mode = "siblings", n = 3, ...fields }: Partial<MintCommand> & { mode?: Mode; n?: number } = {},
): MintCommand {
  return {
    type: "mint",
    epoch: 1,
    row: ROW,
    bucket: { n, mode },
    context: new Uint8Array(),
    contextStamp: undefined,
    follows: [],
    retry: false,
    operationId: operationId(),
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: Uint8Array.from(value, (character) => character.charCodeAt(0)),
    ...fields,
  };
}

/** Stages a put and expects that it is not refused. */
export function mint(engine: ShardEngine, ...command: Parameters<typeof mintOf>): Minted {
  const staged = engine.stage(mintOf(...command));
  if (staged.type !== "minted") throw new Error(JSON.stringify(staged));
  return staged;
}

/** A put and its commit. */
export function put(engine: ShardEngine, ...command: Parameters<typeof mintOf>): Minted {
  const minted = mint(engine, ...command);
  engine.commit();
  return minted;
}

/** Merges a set from another replica, and commits. */
export function merge(
  engine: ShardEngine,
  versions: Uint8Array,
  row: Uint8Array = ROW,
  mode: Mode = "siblings",
): Staged {
  const staged = engine.stage({ type: "merge", epoch: 1, row, bucket: { n: 3, mode }, versions });
  engine.commit();
  return staged;
}

/** A read that expects not to be refused. */
export function readRow(engine: ShardEngine, row: Uint8Array = ROW): RowRead {
  const bucket = { n: 3, mode: "siblings" } as const;
  const result = engine.read({ epoch: engine.epoch, row, bucket, want: "versions" });
  engine.commit();
  if (result.type !== "row") throw new Error(JSON.stringify(result));
  return result;
}

export function setOf(versions: Uint8Array | undefined): VersionSet {
  return versions === undefined
    ? { context: IntervalClock.EMPTY, siblings: [] }
    : decodeVersions(versions);
}

/** The texts of the row's siblings, sorted. */
export function values(versions: Uint8Array | undefined): string[] {
  return setOf(versions)
    .siblings.map(({ value }) => String.fromCharCode(...value))
    .sort();
}

export function clockOf(context: Uint8Array): IntervalClock {
  return IntervalClock.decode(new ByteReader(context));
}

export function encodedClock(context: IntervalClock): Uint8Array {
  const writer = new ByteWriter();
  context.encode(writer);
  return writer.finish();
}

/** The runs of a clock as text: `actor:from..to`, the actor by its first four digits. */
export function runs(context: IntervalClock): string[] {
  return context.intervals().map(({ actor, from, to }) => `${actor.slice(0, 4)}:${from}..${to}`);
}

export const COMMITTED: CommitResult = { type: "committed" };

export function ahead(stamp: HlcStamp, byMs: number): HlcStamp {
  return { wallMs: stamp.wallMs + byMs, logical: 0 };
}
