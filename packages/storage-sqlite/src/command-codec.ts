import type {
  BucketRules,
  KeepHintCommand,
  MergeCommand,
  MintCommand,
  ReadCommand,
  ScanCommand,
  WriteCommand,
} from "@coterie/shard-engine";
import { readCollection, readEra, writeCollection, writeEra } from "./collection-codec.ts";
import type { FrameReader, FrameWriter } from "./frame.ts";

/** A command on its way to the shard's thread. */
export type Command =
  | { readonly type: "read"; readonly read: ReadCommand }
  | { readonly type: "scan"; readonly scan: ScanCommand }
  | WriteCommand;

const READ = 0;
const SCAN = 1;
const MINT = 2;
const MERGE = 3;
const INSTALL_RING = 4;
const PUT_META = 5;
const SET_RECOVERING = 6;
const KEEP_HINT = 7;
const DROP_HINT = 8;
const DROP_ROW = 9;
const COLLECTION = 10;
const DROP_DAMAGED = 11;

const CAUSALITY = 1;
const STAND_IN = 2;
const OF_LEAVES = 4;

const ENCODINGS = ["bytes", "utf8", "json"] as const;
const TOMBSTONE = 4;
const EXPIRES = 8;
const STAMPED = 16;
const RETRY = 32;

export function writeRead(frame: FrameWriter, command: ReadCommand): void {
  frame.uint8(READ);
  writeRow(frame, command);
  frame.uint8((command.want === "causality" ? CAUSALITY : 0) + (command.standIn ? STAND_IN : 0));
}

export function writeScan(frame: FrameWriter, command: ScanCommand): void {
  frame.uint8(SCAN);
  frame.uint32(command.epoch);
  frame.uint32(command.partition);
  frame.optionalBlock(command.from);
  frame.uint32(command.limit);
  const { leaves } = command;
  frame.uint8((command.want === "causality" ? CAUSALITY : 0) + (leaves ? OF_LEAVES : 0));
  if (leaves === undefined) return;
  frame.uint32(leaves.n);
  frame.uint32(leaves.from);
  frame.uint32(leaves.to);
}

export function writeWrite(frame: FrameWriter, command: WriteCommand): void {
  switch (command.type) {
    case "mint":
      writeMint(frame, command);
      break;
    case "merge":
      frame.uint8(MERGE);
      writeRow(frame, command);
      writeEra(frame, command.era);
      frame.block(command.versions);
      break;
    case "keepHint":
      frame.uint8(KEEP_HINT);
      writeRow(frame, command);
      writeEra(frame, command.era);
      frame.block(command.versions);
      frame.text(command.intendedFor);
      break;
    case "sweepPartition":
    case "collectRows":
    case "adoptEra":
      frame.uint8(COLLECTION);
      writeCollection(frame, command);
      break;
    case "dropHint":
      frame.uint8(DROP_HINT);
      frame.block(command.row);
      frame.block(command.versions);
      break;
    case "dropRow":
      frame.uint8(DROP_ROW);
      frame.uint32(command.epoch);
      frame.block(command.row);
      frame.uint8(command.n);
      frame.uint8(command.regained ? 1 : 0);
      break;
    case "installRing":
      frame.uint8(INSTALL_RING);
      frame.text(command.self);
      frame.block(command.record);
      break;
    case "putMeta":
      frame.uint8(PUT_META);
      frame.text(command.key);
      frame.optionalBlock(command.value);
      break;
    case "dropDamaged":
      frame.uint8(DROP_DAMAGED);
      frame.uint32(command.partition);
      break;
    case "setRecovering":
      frame.uint8(SET_RECOVERING);
      frame.number(command.partition === "all" ? -1 : command.partition);
      frame.uint8(command.recovering ? 1 : 0);
      frame.number(command.mark ?? -1);
  }
}

export function readCommand(frame: FrameReader): Command {
  switch (frame.uint8()) {
    case READ:
      return { type: "read", read: readRead(frame) };
    case SCAN:
      return { type: "scan", scan: readScan(frame) };
    case MINT:
      return readMint(frame);
    case MERGE:
      return readMerge(frame);
    case KEEP_HINT:
      return readKeepHint(frame);
    case DROP_HINT:
      return { type: "dropHint", row: frame.block(), versions: frame.block() };
    case DROP_ROW:
      return {
        type: "dropRow",
        epoch: frame.uint32(),
        row: frame.block(),
        n: frame.uint8(),
        regained: frame.uint8() === 1,
      };
    case INSTALL_RING:
      return { type: "installRing", self: frame.text(), record: frame.block() };
    case COLLECTION:
      return readCollection(frame);
    case DROP_DAMAGED:
      return { type: "dropDamaged", partition: frame.uint32() };
    case PUT_META:
      return { type: "putMeta", key: frame.text(), value: frame.optionalBlock() };
    default:
      return readRecovering(frame);
  }
}

interface RowFields {
  readonly epoch: number;
  readonly row: Uint8Array;
  readonly bucket: BucketRules;
}

function writeRow(frame: FrameWriter, { epoch, row, bucket }: RowFields): void {
  frame.uint32(epoch);
  frame.block(row);
  frame.uint32(bucket.n);
  frame.uint8(bucket.mode === "lww" ? 1 : 0);
}

function readRow(frame: FrameReader): RowFields {
  return {
    epoch: frame.uint32(),
    row: frame.block(),
    bucket: { n: frame.uint32(), mode: frame.uint8() === 1 ? "lww" : "siblings" },
  };
}

function writeMint(frame: FrameWriter, command: MintCommand): void {
  const { contextStamp, expiresAtMs } = command;
  frame.uint8(MINT);
  writeRow(frame, command);
  writeEra(frame, command.era);
  frame.uint8(
    ENCODINGS.indexOf(command.encoding) +
      (command.tombstone ? TOMBSTONE : 0) +
      (expiresAtMs === undefined ? 0 : EXPIRES) +
      (contextStamp === undefined ? 0 : STAMPED) +
      (command.retry ? RETRY : 0),
  );
  if (expiresAtMs !== undefined) frame.number(expiresAtMs);
  if (contextStamp !== undefined) {
    frame.number(contextStamp.wallMs);
    frame.uint32(contextStamp.logical);
  }
  frame.ascii(command.operationId);
  frame.operationIds(command.follows);
  frame.block(command.context);
  frame.block(command.value);
}

function readMint(frame: FrameReader): MintCommand {
  const { epoch, row, bucket } = readRow(frame);
  const era = readEra(frame);
  const flags = frame.uint8();
  return {
    type: "mint",
    epoch,
    row,
    bucket,
    ...era,
    tombstone: (flags & TOMBSTONE) !== 0,
    retry: (flags & RETRY) !== 0,
    encoding: ENCODINGS[flags & 3]!,
    expiresAtMs: (flags & EXPIRES) === 0 ? undefined : frame.number(),
    contextStamp:
      (flags & STAMPED) === 0 ? undefined : { wallMs: frame.number(), logical: frame.uint32() },
    operationId: frame.ascii(32),
    follows: frame.operationIds(),
    context: frame.block(),
    value: frame.block(),
  };
}

function readMerge(frame: FrameReader): MergeCommand {
  const { epoch, row, bucket } = readRow(frame);
  return { type: "merge", epoch, row, bucket, ...readEra(frame), versions: frame.block() };
}

function readKeepHint(frame: FrameReader): KeepHintCommand {
  const { epoch, row, bucket } = readRow(frame);
  const era = readEra(frame);
  const versions = frame.block();
  return { type: "keepHint", epoch, row, bucket, ...era, versions, intendedFor: frame.text() };
}

function readRead(frame: FrameReader): ReadCommand {
  const { epoch, row, bucket } = readRow(frame);
  const flags = frame.uint8();
  const want = (flags & CAUSALITY) === 0 ? "versions" : "causality";
  return { epoch, row, bucket, want, standIn: (flags & STAND_IN) !== 0 };
}

function readScan(frame: FrameReader): ScanCommand {
  const slice = {
    epoch: frame.uint32(),
    partition: frame.uint32(),
    from: frame.optionalBlock(),
    limit: frame.uint32(),
  };
  const flags = frame.uint8();
  const want = (flags & CAUSALITY) === 0 ? "versions" : "causality";
  if ((flags & OF_LEAVES) === 0) return { ...slice, want };
  const leaves = { n: frame.uint32(), from: frame.uint32(), to: frame.uint32() };
  return { ...slice, want, leaves };
}

function readRecovering(frame: FrameReader): WriteCommand {
  const partition = frame.number();
  const recovering = frame.uint8() === 1;
  const mark = frame.number();
  return {
    type: "setRecovering",
    partition: partition < 0 ? "all" : partition,
    recovering,
    ...(mark < 0 ? {} : { mark }),
  };
}
