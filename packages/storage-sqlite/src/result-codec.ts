import type {
  CommitResult,
  Merged,
  Minted,
  ReadResult,
  RefusalReason,
  Refused,
  ScannedRow,
  ScanResult,
  Staged,
} from "@coterie/shard-engine";
import { readEra, writeEra } from "./collection-codec.ts";
import type { FrameReader, FrameWriter } from "./frame.ts";

const REFUSED = 0;
const ROW = 1;
const ROWS = 2;
const MINTED = 3;
const MERGED = 4;
/** Merged, and the row holds exactly what was sent: it need not travel back. */
const MERGED_AS_SENT = 5;
const ACCEPTED = 6;
const COLLECTED = 7;

const REPEATED = 1;
const RECOVERING = 2;

export function writeRead(frame: FrameWriter, result: ReadResult): void {
  if (result.type === "refused") {
    writeRefused(frame, result);
    return;
  }
  frame.uint8(ROW);
  frame.optionalBlock(result.versions);
  frame.uint8(result.recovering ? 1 : 0);
  frame.uint32(result.epoch);
  writeEra(frame, result.era);
}

export function readRead(frame: FrameReader): ReadResult {
  if (frame.uint8() === REFUSED) return readRefused(frame);
  return {
    type: "row",
    versions: frame.optionalBlock(),
    recovering: frame.uint8() === 1,
    epoch: frame.uint32(),
    ...readEra(frame),
  };
}

export function writeScan(frame: FrameWriter, result: ScanResult): void {
  if (result.type === "refused") {
    writeRefused(frame, result);
    return;
  }
  frame.uint8(ROWS);
  frame.uint32(result.rows.length);
  for (const { row, versions } of result.rows) {
    frame.block(row);
    frame.block(versions);
  }
  frame.uint32(result.suspects);
  frame.optionalBlock(result.next);
  frame.uint8(result.recovering ? 1 : 0);
  frame.uint32(result.epoch);
  writeEra(frame, result.era);
}

export function readScan(frame: FrameReader): ScanResult {
  if (frame.uint8() === REFUSED) return readRefused(frame);
  const rows: ScannedRow[] = [];
  for (let left = frame.uint32(); left > 0; left--) {
    rows.push({ row: frame.block(), versions: frame.block() });
  }
  return {
    type: "rows",
    rows,
    suspects: frame.uint32(),
    next: frame.optionalBlock(),
    recovering: frame.uint8() === 1,
    epoch: frame.uint32(),
    ...readEra(frame),
  };
}

/** `sent`: the versions of a merge command. */
export function writeStaged(
  frame: FrameWriter,
  staged: Staged,
  sent: Uint8Array | undefined,
): void {
  switch (staged.type) {
    case "minted":
      writeMinted(frame, staged);
      break;
    case "merged":
      writeMerged(frame, staged, sent);
      break;
    case "accepted":
      frame.uint8(ACCEPTED);
      break;
    case "collected":
      frame.uint8(COLLECTED);
      frame.uint32(staged.deleted);
      frame.uint32(staged.folded);
      frame.uint32(staged.kept);
      break;
    case "refused":
      writeRefused(frame, staged);
  }
}

export function readStaged(frame: FrameReader, sent: Uint8Array | undefined): Staged {
  switch (frame.uint8()) {
    case MINTED:
      return readMinted(frame);
    case MERGED_AS_SENT:
      return {
        type: "merged",
        recovering: frame.uint8() === 1,
        ...readEra(frame),
        versions: sent!,
      };
    case MERGED:
      return {
        type: "merged",
        recovering: frame.uint8() === 1,
        ...readEra(frame),
        versions: frame.block(),
      };
    case COLLECTED:
      return {
        type: "collected",
        deleted: frame.uint32(),
        folded: frame.uint32(),
        kept: frame.uint32(),
      };
    case ACCEPTED:
      return { type: "accepted" };
    default:
      return readRefused(frame);
  }
}

export function writeCommitted(frame: FrameWriter, result: CommitResult): void {
  frame.uint8(result.type === "committed" ? 1 : 0);
  if (result.type === "committed") return;
  frame.text(result.kind);
  frame.text(result.detail);
}

export function readCommitted(frame: FrameReader): CommitResult {
  if (frame.uint8() === 1) return { type: "committed" };
  const kind = frame.text() as Extract<CommitResult, { type: "failed" }>["kind"];
  return { type: "failed", kind, detail: frame.text() };
}

function writeMinted(frame: FrameWriter, minted: Minted): void {
  frame.uint8(MINTED);
  frame.uint8((minted.repeated ? REPEATED : 0) + (minted.recovering ? RECOVERING : 0));
  writeEra(frame, minted.era);
  frame.number(minted.stamp.wallMs);
  frame.uint32(minted.stamp.logical);
  frame.ascii(minted.dot.actor);
  frame.number(minted.dot.counter);
  frame.block(minted.context);
  frame.operationIds(minted.follows);
  frame.block(minted.versions);
}

function writeMerged(frame: FrameWriter, merged: Merged, sent: Uint8Array | undefined): void {
  const { versions } = merged;
  const asSent = sent === versions || (sent !== undefined && Buffer.compare(sent, versions) === 0);
  frame.uint8(asSent ? MERGED_AS_SENT : MERGED);
  frame.uint8(merged.recovering ? 1 : 0);
  writeEra(frame, merged.era);
  if (!asSent) frame.block(versions);
}

function readMinted(frame: FrameReader): Minted {
  const flags = frame.uint8();
  return {
    type: "minted",
    repeated: (flags & REPEATED) !== 0,
    recovering: (flags & RECOVERING) !== 0,
    ...readEra(frame),
    stamp: { wallMs: frame.number(), logical: frame.uint32() },
    dot: { actor: frame.ascii(16), counter: frame.number() },
    context: frame.block(),
    follows: frame.operationIds(),
    versions: frame.block(),
  };
}

function writeRefused(frame: FrameWriter, { reason, detail, epoch }: Refused): void {
  frame.uint8(REFUSED);
  frame.text(reason);
  frame.text(detail);
  frame.uint32(epoch);
}

function readRefused(frame: FrameReader): Refused {
  const reason = frame.text() as RefusalReason;
  return { type: "refused", reason, detail: frame.text(), epoch: frame.uint32() };
}
