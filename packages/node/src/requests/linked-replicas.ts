import type { Clock, NodeId } from "@coterie/core";
import type {
  Bucket,
  MergeOptions,
  MintCommand,
  MintRefusal,
  MintStaged,
  Placement,
  ReadOptions,
  Refusal,
  ReplicaRead,
  Replicas,
  ReplicaWrite,
  Want,
} from "@coterie/quorum";
import { type CommitResult, partitionOfRow, type RefusalReason } from "@coterie/shard-engine";
import type { Era } from "@coterie/versions";
import { type PeerCall, type PeerReply, Refusal as WireRefusal } from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeStore } from "../node-store.ts";
import { eraFromWire, eraToWire } from "../replica/wire-era.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";

export interface LinkedReplicasParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly rings: RingKeeper;
  readonly buckets: Buckets;
  readonly store: NodeStore;
  readonly peers: Peers;
  readonly membership: Membership;
  readonly onMissed: Replicas["onMissed"];
}

/** The replicas as the coordinator sees them: this node's shards by their mailboxes, the others by their links. */
export class LinkedReplicas implements Replicas {
  readonly self: NodeId;
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #rings: RingKeeper;
  readonly #buckets: Buckets;
  readonly #store: NodeStore;
  readonly #peers: Peers;
  readonly #membership: Membership;
  readonly #onMissed: Replicas["onMissed"];

  constructor({
    self,
    clock,
    cluster,
    rings,
    buckets,
    store,
    peers,
    membership,
    onMissed,
  }: LinkedReplicasParts) {
    this.self = self;
    this.#clock = clock;
    this.#cluster = cluster;
    this.#rings = rings;
    this.#buckets = buckets;
    this.#store = store;
    this.#peers = peers;
    this.#membership = membership;
    this.#onMissed = onMissed;
  }

  placement(row: Uint8Array, bucket: Bucket): Placement {
    const { ring } = this.#cluster;
    const { epoch, partitions } = ring.record;
    const partition = partitionOfRow(row, partitions);
    return {
      epoch,
      writeGroups: ring.writeGroups(partition, bucket.n),
      readGroups: ring.readGroups(partition, bucket.n),
      fallbacks: ring.fallbacks(partition, bucket.n),
    };
  }

  mint(command: MintCommand): { staged: Promise<MintStaged>; durable: Promise<ReplicaWrite> } {
    const write = this.#store.write({ type: "mint", ...command });
    return {
      staged: write.staged.then((staged): MintStaged => {
        if (staged.type === "minted") return staged;
        if (staged.type !== "refused")
          return { type: "lost", reason: "the shard answered a mint with something else" };
        if (staged.reason === "collected") void this.#store.refreshEras();
        return { ...staged, refusal: mintRefusalOf(staged.reason) };
      }),
      durable: write.committed.then(durabilityOf),
    };
  }

  async merge(
    to: NodeId,
    row: Uint8Array,
    versions: Uint8Array,
    bucket: Bucket,
    { epoch, deadlineMs, repair, hintFor, era }: MergeOptions,
  ): Promise<ReplicaWrite> {
    if (to === this.self) {
      const write = this.#store.write({ type: "merge", epoch, row, bucket, versions, era });
      const staged = await write.staged;
      if (staged.type === "refused") return { ...staged, refusal: refusalOf(staged.reason) };
      return durabilityOf(await write.committed);
    }
    const body: PeerCall["body"] = {
      case: "merge",
      // Here and wherever a message goes with every request: a literal. `create` goes through the fields by
      // name, and costs several times as much.
      value: {
        $typeName: "coterie.v1.MergeRow",
        epoch,
        row,
        versions,
        repair,
        hintFor: hintFor ?? "",
        ...eraToWire(era),
      },
    };
    const result = await this.#callKnowingBucket(to, body, deadlineMs);
    if (result.type !== "reply") return result;
    if (result.body.case !== "merge") return unexpected(result.body);
    return refusalFromWire(result.body.value) ?? { type: "durable" };
  }

  async read(
    from: NodeId,
    row: Uint8Array,
    want: Want,
    bucket: Bucket,
    { epoch, deadlineMs }: ReadOptions,
  ): Promise<ReplicaRead> {
    if (from === this.self) {
      const result = await this.#store.read({ epoch, row, bucket, want });
      if (result.type === "refused") return { ...result, refusal: refusalOf(result.reason) };
      return result;
    }
    const body: PeerCall["body"] = {
      case: "read",
      value: {
        $typeName: "coterie.v1.ReadRow",
        epoch,
        row,
        causalityOnly: want === "causality",
        standIn: !this.#isPrimary(from, row, bucket),
      },
    };
    const result = await this.#callKnowingBucket(from, body, deadlineMs);
    if (result.type !== "reply") return result;
    if (result.body.case !== "read") return unexpected(result.body);
    const { versions, recovering, era } = result.body.value;
    return (
      refusalFromWire(result.body.value) ?? {
        type: "row",
        versions: versions.length === 0 ? undefined : versions,
        recovering,
        era: eraFromWire(era),
      }
    );
  }

  rank(nodes: readonly NodeId[]): readonly NodeId[] {
    const others = nodes.filter((node) => node !== this.self);
    const ranked = this.#peers.rank(others);
    return others.length === nodes.length ? ranked : [this.self, ...ranked];
  }

  expectedLatencyMs(node: NodeId): number {
    return this.#peers.expectedLatencyMs(node);
  }

  isDown(node: NodeId): boolean {
    if (node === this.self) return false;
    if (this.#peers.refuses(node)) return true;
    const state = this.#membership.stateOf(node);
    return !this.#peers.isUp(node) && (state === "dead" || state === "left");
  }

  agreeOnEpoch(node: NodeId): Promise<void> {
    return this.#rings.agreeWith(node);
  }

  onMissed(node: NodeId, row: Uint8Array, versions: Uint8Array, era: Era | undefined): void {
    this.#onMissed(node, row, versions, era);
  }

  #isPrimary(node: NodeId, row: Uint8Array, bucket: Bucket): boolean {
    const { record } = this.#cluster.ring;
    const partition = partitionOfRow(row, record.partitions);
    return this.#cluster.ring.owns(node, partition, bucket.n);
  }

  /** A replica that does not know the bucket is told of it, then asked once more. */
  async #callKnowingBucket(
    to: NodeId,
    body: PeerCall["body"],
    deadlineMs: number,
  ): Promise<
    | { type: "reply"; body: PeerReply["body"] }
    | { type: "notSent"; reason: string }
    | { type: "lost"; reason: string }
  > {
    for (let told = false; ; told = true) {
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) return { type: "notSent", reason: "the deadline passed" };
      const result = await this.#peers.call(to, body, leftMs);
      if (result.type !== "reply") return result;
      const reply = result.reply.body;
      const unknownBucket =
        (reply.case === "merge" || reply.case === "read") &&
        reply.value.refusal === WireRefusal.BUCKET;
      if (!unknownBucket || told) return { type: "reply", body: reply };
      await this.#buckets.exchangeWith(to, leftMs);
    }
  }
}

function durabilityOf(committed: CommitResult): ReplicaWrite {
  if (committed.type === "committed") return { type: "durable" };
  if (committed.kind === "closed") return { type: "lost", reason: committed.detail };
  return { type: "refused", refusal: "storage", epoch: 0, detail: committed.detail };
}

function refusalOf(reason: RefusalReason): Refusal {
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

function mintRefusalOf(reason: RefusalReason): MintRefusal {
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
