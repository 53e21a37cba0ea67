import type {
  CommitResult,
  MintCommand,
  ReadCommand,
  ReadResult,
  Refused,
  ScanCommand,
  ScanResult,
  Staged,
  WriteCommand,
} from "@coterie/shard-engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as commands from "./command-codec.ts";
import { FrameReader, FrameWriter } from "./frame.ts";
import * as results from "./result-codec.ts";

const bytes = fc.uint8Array({ maxLength: 100 });
const epoch = fc.nat(2 ** 32 - 1);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const stamp = fc.record({ wallMs: fc.nat(2 ** 48 - 1), logical: fc.nat(65_535) });
const want = fc.constantFrom("versions" as const, "causality" as const);
const bucket = fc.record({
  n: fc.integer({ min: 1, max: 9 }),
  mode: fc.constantFrom("siblings" as const, "lww" as const),
});
const onRow = { epoch, row: bytes, bucket };
const era = optional(fc.record({ swept: fc.integer({ min: 1, max: 1e9 }), collected: fc.nat() }));

const mint: fc.Arbitrary<MintCommand> = fc.record({
  type: fc.constant("mint"),
  ...onRow,
  context: bytes,
  contextStamp: optional(stamp),
  follows: fc.array(hex(32), { maxLength: 16 }),
  retry: fc.boolean(),
  operationId: hex(32),
  tombstone: fc.boolean(),
  encoding: fc.constantFrom("bytes", "utf8", "json"),
  expiresAtMs: optional(fc.maxSafeNat()),
  value: bytes,
  era,
});
const write: fc.Arbitrary<WriteCommand> = fc.oneof(
  mint,
  fc.record({ type: fc.constant("merge" as const), ...onRow, versions: bytes, era }),
  fc.record({
    type: fc.constant("keepHint" as const),
    ...onRow,
    versions: bytes,
    era,
    intendedFor: fc.string(),
  }),
  fc.record({ type: fc.constant("dropHint" as const), row: bytes, versions: bytes }),
  fc.record({
    type: fc.constant("dropRow" as const),
    ...{ epoch, row: bytes, n: fc.nat(255), regained: fc.boolean() },
  }),
  fc.record({ type: fc.constant("installRing" as const), self: fc.string(), record: bytes }),
  fc.record({ type: fc.constant("putMeta" as const), key: fc.string(), value: optional(bytes) }),
  fc.record({
    type: fc.constant("setRecovering" as const),
    partition: fc.oneof(fc.constant("all" as const), fc.nat(65_535)),
    recovering: fc.boolean(),
    mark: fc.nat(),
  }),
  fc.record({ type: fc.constant("dropDamaged" as const), partition: fc.nat(65_535) }),
  fc.record({
    type: fc.constant("sweepPartition" as const),
    epoch,
    partition: fc.nat(65_535),
    round: hex(16),
    swept: epoch,
    collected: epoch,
    actor: optional(hex(16)),
  }),
  fc.record({
    type: fc.constant("collectRows" as const),
    epoch,
    partition: fc.nat(65_535),
    round: hex(16),
    rows: fc.array(fc.record({ row: bytes, causality: bytes, folded: optional(bytes) })),
  }),
  fc.record({
    type: fc.constant("adoptEra" as const),
    partition: fc.nat(65_535),
    swept: epoch,
    collected: epoch,
  }),
);
const read: fc.Arbitrary<ReadCommand> = fc.record({ ...onRow, want, standIn: fc.boolean() });
const slice = {
  epoch,
  partition: fc.nat(65_535),
  from: optional(bytes),
  limit: fc.nat(1000),
  want,
};
const leaves = fc.record({ n: fc.nat(9), from: fc.nat(4096), to: fc.nat(4096) });
const scan: fc.Arbitrary<ScanCommand> = fc.oneof(fc.record(slice), fc.record({ ...slice, leaves }));

const refused: fc.Arbitrary<Refused> = fc.record({
  type: fc.constant("refused"),
  reason: fc.constantFrom("epoch", "storage", "drift"),
  detail: fc.string(),
  epoch,
});
const staged: fc.Arbitrary<Staged> = fc.oneof(
  refused,
  fc.constant({ type: "accepted" as const }),
  fc.record({
    type: fc.constant("collected" as const),
    deleted: epoch,
    folded: epoch,
    kept: epoch,
  }),
  fc.record({
    type: fc.constant("merged" as const),
    versions: bytes,
    recovering: fc.boolean(),
    era,
  }),
  fc.record({
    type: fc.constant("minted" as const),
    versions: bytes,
    context: bytes,
    follows: fc.array(hex(32), { maxLength: 16 }),
    stamp,
    dot: fc.record({ actor: hex(16), counter: fc.maxSafeNat() }),
    repeated: fc.boolean(),
    recovering: fc.boolean(),
    era,
  }),
);
const readResult: fc.Arbitrary<ReadResult> = fc.oneof(
  refused,
  fc.record({
    type: fc.constant("row" as const),
    versions: optional(bytes),
    recovering: fc.boolean(),
    epoch,
    era,
  }),
);
const scanResult: fc.Arbitrary<ScanResult> = fc.oneof(
  refused,
  fc.record({
    type: fc.constant("rows" as const),
    rows: fc.array(fc.record({ row: bytes, versions: bytes }), { maxLength: 5 }),
    suspects: fc.nat(100),
    next: optional(bytes),
    recovering: fc.boolean(),
    epoch,
    era,
  }),
);
const commitResult: fc.Arbitrary<CommitResult> = fc.oneof(
  fc.constant({ type: "committed" as const }),
  fc.record({
    type: fc.constant("failed" as const),
    kind: fc.constantFrom("full" as const, "io" as const, "closed" as const),
    detail: fc.string(),
  }),
);

/** Each of several in one frame, which starts too small, comes back as it was. */
function comesBack<T>(
  arbitrary: fc.Arbitrary<T>,
  writeTo: (frame: FrameWriter, each: T) => void,
  readFrom: (frame: FrameReader, index: number, all: readonly T[]) => unknown,
): void {
  fc.assert(
    fc.property(fc.array(arbitrary, { maxLength: 5 }), (all) => {
      const frame = new FrameWriter(new ArrayBuffer(4));
      for (const each of all) writeTo(frame, each);
      const reader = new FrameReader(frame.buffer);
      expect(all.map((_, i) => readFrom(reader, i, all))).toEqual(all);
    }),
    { numRuns: 100 },
  );
}

describe("between the event loop and a shard's thread", () => {
  test("every write comes through", () => {
    comesBack(write, commands.writeWrite, commands.readCommand);
  });

  test("every read and scan comes through", () => {
    comesBack(read, commands.writeRead, (frame) => {
      const command = commands.readCommand(frame);
      return command.type === "read" && command.read;
    });
    comesBack(scan, commands.writeScan, (frame) => {
      const command = commands.readCommand(frame);
      return command.type === "scan" && command.scan;
    });
  });

  test("every result comes back", () => {
    comesBack(readResult, results.writeRead, results.readRead);
    comesBack(scanResult, results.writeScan, results.readScan);
    comesBack(commitResult, results.writeCommitted, results.readCommitted);
    comesBack(
      staged,
      (frame, each) => results.writeStaged(frame, each, undefined),
      (frame) => results.readStaged(frame, undefined),
    );
  });

  test("a merge that left exactly what was sent does not travel back", () => {
    const sent = Uint8Array.of(1, 2, 3);
    const merged: Staged = { type: "merged", versions: sent.slice(), recovering: true };
    const frame = new FrameWriter(new ArrayBuffer(16));
    results.writeStaged(frame, merged, sent);
    expect(frame.length).toBe(10);
    expect(results.readStaged(new FrameReader(frame.buffer), sent)).toEqual(merged);
  });
});
