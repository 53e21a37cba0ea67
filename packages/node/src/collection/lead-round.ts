import { create } from "@bufbuild/protobuf";
import {
  CollectionRound,
  type RoundAnswer,
  type RoundEffect,
  type RoundOutcome,
} from "@coterie/anti-entropy";
import type { NodeId } from "@coterie/core";
import type { CollectedRow, RoundId } from "@coterie/shard-engine";
import {
  type CollectionCall,
  CollectionCallSchema,
  type CollectionResult,
  Refusal,
} from "@coterie/wire";
import { eraFromWire } from "../replica/wire-era.ts";
import { roundBytes, rowToWire } from "./collection-steps.ts";

export interface LedRound {
  readonly epoch: number;
  readonly partition: number;
  readonly round: RoundId;
  readonly primaries: readonly NodeId[];
  readonly owners: readonly NodeId[];
  readonly rows: readonly CollectedRow[];
  readonly sweptBefore: number;
  /** Asks one node, this one included. A sentence: it was not heard. */
  readonly ask: (to: NodeId, call: CollectionCall) => Promise<CollectionResult | string>;
  /** A node has answered a sweep of this number already. */
  readonly onSweptBefore: (swept: number) => void;
  readonly isStopped: () => boolean;
}

/** Carries a round's effects out, all of a step at once, until it has come to something. */
export async function leadRound(led: LedRound): Promise<RoundOutcome> {
  const round = new CollectionRound<CollectedRow>(led);
  let effects = round.begin();
  while (effects.length > 0 && !led.isStopped()) {
    const answers = await Promise.all(
      effects.map(async (effect) => ({ from: effect.to, answer: await ask(led, effect) })),
    );
    effects = answers.flatMap(({ from, answer }) => round.receive(from, answer));
  }
  return round.outcome;
}

async function ask(led: LedRound, effect: RoundEffect<CollectedRow>): Promise<RoundAnswer> {
  const result = await led.ask(effect.to, callOf(led, effect));
  if (typeof result === "string") return { type: "no", reason: result };
  const { refusal, detail, holds, era, voter, deleted, folded, kept } = result;
  if (refusal !== Refusal.UNSPECIFIED) {
    if (effect.type === "sweep") led.onSweptBefore(eraFromWire(era).swept);
    return { type: "no", reason: detail };
  }
  switch (effect.type) {
    case "vote":
      return { type: "vote", holds, era: eraFromWire(era), recovering: false, voter };
    case "sweep":
      return { type: "swept" };
    case "end":
      return { type: "ended", deleted, folded, kept };
  }
}

function callOf(
  { epoch, partition, round }: LedRound,
  effect: RoundEffect<CollectedRow>,
): CollectionCall {
  return create(CollectionCallSchema, { epoch, partition, step: stepOf(round, effect) });
}

function stepOf(round: RoundId, effect: RoundEffect<CollectedRow>) {
  switch (effect.type) {
    case "vote":
      return { case: "vote" as const, value: { rows: effect.rows.map(rowToWire) } };
    case "sweep": {
      const { swept, collected, voter = "" } = effect;
      const value = { round: roundBytes(round), swept, collected, voter };
      return { case: "sweep" as const, value };
    }
    case "end": {
      const rows = effect.rows.map(rowToWire);
      return { case: "end" as const, value: { round: roundBytes(round), rows } };
    }
  }
}
