import type { CommitResult, RefusalReason, Refused, ShardMailbox } from "@coterie/shard-engine";
import type { Bucket } from "../src/bucket.ts";
import type {
  MergeOptions,
  MintCommand,
  MintRefusal,
  MintStaged,
  ReadOptions,
  Refusal,
  ReplicaRead,
  ReplicaWrite,
  Want,
} from "../src/replicas.ts";

/** What `Replicas.mint` is over a mailbox. */
export function mintIn(mailbox: ShardMailbox, command: MintCommand) {
  const write = mailbox.write({ type: "mint", ...command });
  return {
    staged: write.staged.then((staged): MintStaged => {
      if (staged.type === "minted") return staged;
      if (staged.type !== "refused") throw new Error(`a mint came to ${staged.type}`);
      return { ...staged, refusal: refusalOf(staged.reason) };
    }),
    durable: write.committed.then(durability),
  };
}

/** What `Replicas.merge` is over a mailbox. */
export async function mergeInto(
  mailbox: ShardMailbox,
  row: Uint8Array,
  versions: Uint8Array,
  bucket: Bucket,
  { epoch }: MergeOptions,
): Promise<ReplicaWrite> {
  const write = mailbox.write({ type: "merge", epoch, row, bucket, versions });
  const staged = await write.staged;
  if (staged.type === "refused") return refused(staged);
  return durability(await write.committed);
}

/** What `Replicas.read` is over a mailbox. */
export async function readFrom(
  mailbox: ShardMailbox,
  row: Uint8Array,
  want: Want,
  bucket: Bucket,
  { epoch }: ReadOptions,
): Promise<ReplicaRead> {
  const result = await mailbox.read({ epoch, row, bucket, want });
  return result.type === "refused" ? refused(result) : result;
}

function refused({ reason, epoch, detail }: Refused): ReplicaWrite & { type: "refused" } {
  return { type: "refused", refusal: reason as Refusal, epoch, detail };
}

function durability(result: CommitResult): ReplicaWrite {
  if (result.type === "committed") return { type: "durable" };
  if (result.kind === "closed") return { type: "lost", reason: result.detail };
  return { type: "refused", refusal: "storage", epoch: 0, detail: result.detail };
}

function refusalOf(reason: RefusalReason): MintRefusal {
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
