import type { MergeCommand, WriteCommand } from "@coterie/shard-engine";
import type { FrameReader, FrameWriter } from "./frame.ts";

type Era = NonNullable<MergeCommand["era"]>;

/** The commands of collection rounds. */
export type CollectionCommand = Extract<
  WriteCommand,
  { readonly type: "sweepPartition" | "collectRows" | "adoptEra" }
>;

const SWEEP = 0;
const COLLECT = 1;
const ADOPT = 2;

const NO_ERA: { readonly era?: Era } = {};

/** The first era as two zeros, as it is when it is left out. */
export function writeEra(frame: FrameWriter, era: Era | undefined): void {
  frame.uint32(era?.swept ?? 0);
  frame.uint32(era?.collected ?? 0);
}

export function readEra(frame: FrameReader): { readonly era?: Era } {
  const swept = frame.uint32();
  const collected = frame.uint32();
  return swept === 0 && collected === 0 ? NO_ERA : { era: { swept, collected } };
}

export function writeCollection(frame: FrameWriter, command: CollectionCommand): void {
  switch (command.type) {
    case "sweepPartition":
      frame.uint8(SWEEP);
      frame.uint32(command.epoch);
      frame.uint32(command.partition);
      frame.ascii(command.round);
      frame.uint32(command.swept);
      frame.uint32(command.collected);
      frame.text(command.actor ?? "");
      break;
    case "collectRows":
      frame.uint8(COLLECT);
      frame.uint32(command.epoch);
      frame.uint32(command.partition);
      frame.ascii(command.round);
      frame.uint32(command.rows.length);
      for (const { row, causality, folded } of command.rows) {
        frame.block(row);
        frame.block(causality);
        frame.optionalBlock(folded);
      }
      break;
    case "adoptEra":
      frame.uint8(ADOPT);
      frame.uint32(command.partition);
      frame.uint32(command.swept);
      frame.uint32(command.collected);
  }
}

export function readCollection(frame: FrameReader): CollectionCommand {
  const type = frame.uint8();
  if (type === ADOPT) {
    const [partition, swept, collected] = [frame.uint32(), frame.uint32(), frame.uint32()];
    return { type: "adoptEra", partition, swept, collected };
  }
  const epoch = frame.uint32();
  const partition = frame.uint32();
  const round = frame.ascii(16);
  if (type === SWEEP) {
    const swept = frame.uint32();
    const sweep = { epoch, partition, round, swept, collected: frame.uint32() };
    const actor = frame.text();
    return { type: "sweepPartition", ...sweep, ...(actor === "" ? {} : { actor }) };
  }
  const rows = Array.from({ length: frame.uint32() }, () => ({
    row: frame.block(),
    causality: frame.block(),
    folded: frame.optionalBlock(),
  }));
  return { type: "collectRows", epoch, partition, round, rows };
}
