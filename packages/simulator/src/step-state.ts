import { STEPS_UNHEARD } from "@coterie/rebalance";
import { decodeRingRecord, type Staged, type WriteCommand } from "@coterie/shard-engine";
import type { ProtocolState } from "./protocol-state.ts";

/** Where a node notes from whom it has copied a partition for the ring change on its way. */
const COPIED = "once/copied/";

/** Which states a command to a shard shows, durable or refused, that is about no row of a client: steps of ring changes and rounds. */
export function statesOfStep(command: WriteCommand, staged: Staged): readonly ProtocolState[] {
  switch (command.type) {
    case "installRing":
      return staged.type === "refused" ? [] : statesOfRing(command.record);
    case "putMeta":
      if (staged.type === "refused" || command.value === undefined) return [];
      return command.key.startsWith(COPIED) ? ["partition copied"] : [];
    case "sweepPartition":
      return [staged.type === "refused" ? "sweep refused" : "partition swept"];
    case "collectRows":
      return staged.type === "collected" ? statesOfCollected(staged) : [];
    case "adoptEra":
      return staged.type === "refused" ? [] : ["collection heard of"];
    default:
      return [];
  }
}

function statesOfCollected({
  deleted,
  folded,
  kept,
}: Extract<Staged, { type: "collected" }>): readonly ProtocolState[] {
  const states: ProtocolState[] = [];
  if (deleted > 0) states.push("rows collected");
  if (folded > 0) states.push("clock folded");
  if (kept > 0) states.push("row changed since the vote");
  return states;
}

function statesOfRing(record: Uint8Array): readonly ProtocolState[] {
  const { phase, change, epoch, removed } = decodeRingRecord(record);
  const states: ProtocolState[] = [];
  if (phase === "stable") states.push("ring stable again");
  else states.push(phase === "joining" ? "ring joining" : "ring switched");
  if (epoch > STEPS_UNHEARD) states.push("ring forced");
  if (removed.length > 0) states.push("owner removed");
  if (change === undefined) return states;
  if (phase === "joining" && !change.aborting) states.push(`${change.kind} begun`);
  if (change.paused) states.push("ring change paused");
  if (change.aborting) states.push("ring change on its way back");
  return states;
}
