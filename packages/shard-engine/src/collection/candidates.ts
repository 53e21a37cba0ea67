import { bytesEqual } from "@coterie/core";
import type { ActorId } from "@coterie/vector-clock";
import {
  causalityOf,
  decodeCausality,
  decodeVersions,
  encodeCausality,
  FIRST_ERA,
  foldClock,
  isLive,
  type Version,
} from "@coterie/versions";
import { ringOfEpoch } from "../admission.ts";
import { getRow } from "../held-row.ts";
import type { OrderedTransaction } from "../ordered-store.ts";
import type { Refusal } from "../refusal.ts";
import { decodeRow } from "../row-codec.ts";
import { partitionRange, successor } from "../row-key.ts";
import type { ShardMeta } from "../shard-meta.ts";
import type { CollectedRow } from "./commands.ts";
import type { EraBook } from "./era-book.ts";
import type { CollectionAnswer, CollectionQuestion } from "./questions.ts";

type Unrefused<T extends { type: string }> = Exclude<T, { type: "refused" }>;

export interface CandidateParts {
  readonly meta: ShardMeta;
  readonly book: EraBook;
  readonly nowMs: number;
  readonly actor: ActorId | undefined;
}

/** What a shard's committed rows have to say to a collection round. */
export function answerCollection(
  transaction: OrderedTransaction,
  question: CollectionQuestion,
  { meta, book, nowMs, actor }: CandidateParts,
): Unrefused<CollectionAnswer> | Refusal {
  const ring = ringOfEpoch(meta, question.epoch);
  if ("reason" in ring) return ring;
  const { partition } = question;
  if (question.type === "vote") {
    return {
      type: "vote",
      holds: question.rows.map((each) => isHeld(transaction, each, nowMs)),
      era: book.of(partition) ?? FIRST_ERA,
      recovering: meta.isRecovering(partition),
      actor,
    };
  }
  const living = question.living && new Set(question.living);
  const range = partitionRange(partition, ring.view.record.partitions);
  const { from = range.from, limit } = question;
  const rows: CollectedRow[] = [];
  let expiryMs: number | undefined;
  const entries = transaction.range("rows", from, range.to, limit);
  for (const { key, value } of entries) {
    const stored = decodeRow(key, value);
    if (stored === undefined) continue;
    const { siblings } = decodeVersions(stored.versions);
    for (const { expiresAtMs = 0 } of siblings) {
      if (expiresAtMs > nowMs) expiryMs = Math.min(expiryMs ?? expiresAtMs, expiresAtMs);
    }
    const found = candidateOf(stored.versions, siblings, nowMs, living);
    if (found !== undefined) rows.push({ row: key, ...found });
  }
  const last = entries.length < limit ? undefined : entries.at(-1)!.key;
  return {
    type: "candidates",
    rows,
    tombstones: rows.filter(({ folded }) => folded === undefined).length,
    next: last === undefined ? undefined : successor(last),
    expiryMs,
  };
}

/** Dead rows go; of others the clock may be folded. */
function candidateOf(
  versions: Uint8Array,
  siblings: readonly Version[],
  nowMs: number,
  living: ReadonlySet<ActorId> | undefined,
): Omit<CollectedRow, "row"> | undefined {
  const causality = causalityOf(versions);
  if (!siblings.some((version) => isLive(version, nowMs))) return { causality, folded: undefined };
  if (living === undefined) return undefined;
  const folded = foldClock(decodeCausality(causality), (actor) => living.has(actor));
  return folded && { causality, folded: encodeCausality(folded) };
}

function isHeld(
  transaction: OrderedTransaction,
  { row, causality, folded }: CollectedRow,
  nowMs: number,
): boolean {
  const versions = getRow(transaction, row).stored?.versions;
  if (versions === undefined || !bytesEqual(causalityOf(versions), causality)) return false;
  if (folded !== undefined) return true;
  return !decodeVersions(versions).siblings.some((version) => isLive(version, nowMs));
}
