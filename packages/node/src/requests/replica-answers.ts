import type { CallResult } from "@coterie/peer-session";
import type { MintRefusal, Refusal, ReplicaRead, ReplicaWrite } from "@coterie/quorum";
import type { CommitResult, ReadResult, RefusalReason } from "@coterie/shard-engine";
import { type PeerReply, Refusal as WireRefusal } from "@coterie/wire";
import { eraFromWire } from "../replica/wire-era.ts";

// What shards and peers answer, in the words of the coordinator.

const DURABLE: ReplicaWrite = { type: "durable" };

export function mergeResultOf(result: CallResult<PeerReply>): ReplicaWrite {
  if (result.type !== "reply") return result;
  const { body } = result.reply;
  if (body.case !== "merge") return unexpected(body);
  return refusalFromWire(body.value) ?? DURABLE;
}

export function readResultOf(result: CallResult<PeerReply>): ReplicaRead {
  if (result.type !== "reply") return result;
  const { body } = result.reply;
  if (body.case !== "read") return unexpected(body);
  const { versions: bytes, recovering, era } = body.value;
  const versions = bytes.length === 0 ? undefined : bytes;
  return (
    refusalFromWire(body.value) ?? { type: "row", versions, recovering, era: eraFromWire(era) }
  );
}

export function ownReadOf(result: ReadResult): ReplicaRead {
  if (result.type !== "refused") return result;
  return { ...result, refusal: refusalOf(result.reason) };
}

export function durabilityOf(committed: CommitResult): ReplicaWrite {
  if (committed.type === "committed") return DURABLE;
  if (committed.kind === "closed") return { type: "lost", reason: committed.detail };
  return { type: "refused", refusal: "storage", epoch: 0, detail: committed.detail };
}

export function refusalOf(reason: RefusalReason): Refusal {
  switch (reason) {
    case "epoch":
    case "notOwner":
    case "overloaded":
    case "collected":
      return reason;
    default:
      return "storage";
  }
}

export function mintRefusalOf(reason: RefusalReason): MintRefusal {
  switch (reason) {
    case "closed":
    case "recovering":
    case "hints":
      return "storage";
    case "valueLimit":
      return "invalid";
    default:
      return reason;
  }
}

const REFUSALS: Readonly<Record<number, Refusal>> = {
  [WireRefusal.EPOCH]: "epoch",
  [WireRefusal.NOT_OWNER]: "notOwner",
  [WireRefusal.OVERLOADED]: "overloaded",
  [WireRefusal.STORAGE]: "storage",
  [WireRefusal.BUCKET]: "bucket",
  [WireRefusal.COLLECTED]: "collected",
};

function refusalFromWire(result: {
  refusal: WireRefusal;
  epoch: number;
  detail: string;
}): Extract<ReplicaWrite, { type: "refused" }> | undefined {
  if (result.refusal === WireRefusal.UNSPECIFIED) return undefined;
  const refusal = REFUSALS[result.refusal] ?? "storage";
  return { type: "refused", refusal, epoch: result.epoch, detail: result.detail };
}

/** The other side answered the call itself, with an error: it cannot be told whether it did anything. */
function unexpected(body: PeerReply["body"]): { type: "lost"; reason: string } {
  const reason = body.case === "error" ? body.value.message : `an answer of kind ${body.case}`;
  return { type: "lost", reason };
}
