import { create } from "@bufbuild/protobuf";
import { bytesEqual, type NodeId } from "@coterie/core";
import { Error_Code, type JoinRequest, type JoinResponse, JoinResponseSchema } from "@coterie/wire";
import { bucketToWire } from "../buckets/bucket-definition.ts";
import type { Buckets } from "../buckets/buckets.ts";
import { type Failure, failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import { encodeRegisterState } from "../ring/register-state.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import type { FoundingGrants } from "./founding-grants.ts";

/** How long a member waits for the founder's word on a first owner. */
const FOUNDER_MS = 2_000;

/** A member's side of a join: tells a newcomer what the cluster is and what its place in it is. */
export class Admission {
  readonly #cluster: Cluster;
  readonly #buckets: Buckets;
  readonly #peers: Peers;
  readonly #grants: FoundingGrants;
  readonly #founder: NodeId;
  readonly #rings: RingKeeper;

  constructor(
    cluster: Cluster,
    buckets: Buckets,
    peers: Peers,
    grants: FoundingGrants,
    founder: NodeId,
    rings: RingKeeper,
  ) {
    this.#rings = rings;
    this.#cluster = cluster;
    this.#buckets = buckets;
    this.#peers = peers;
    this.#grants = grants;
    this.#founder = founder;
  }

  async admit(newcomer: JoinRequest): Promise<JoinResponse | Failure> {
    const { unready } = this.#cluster;
    if (unready !== undefined) return failure(Error_Code.NOT_READY, unready);
    const state = this.#rings.state!;
    const { record } = state.value;
    const founding = await this.#foundingOf(newcomer);
    return create(JoinResponseSchema, {
      clusterId: this.#cluster.clusterId,
      epoch: record.epoch,
      partitions: record.partitions,
      ringState: encodeRegisterState(state),
      buckets: this.#buckets.list().map(bucketToWire),
      members: this.#cluster.addresses(),
      founding,
      founder: this.#founder,
    });
  }

  /**
   * Only the founder knows who has started before. When it cannot be asked the newcomer counts as one that
   * lost its data: recovering is safe, and heals; an empty replica that votes in reads is neither.
   */
  async #foundingOf(newcomer: JoinRequest): Promise<boolean> {
    const { record } = this.#cluster.ring;
    const isFirstOwner = record.owners.some(({ id }) => id === newcomer.nodeId);
    if (!isFirstOwner) return false;
    if (this.#founder === this.#cluster.self) {
      return this.#grants.grant(newcomer.nodeId, newcomer.identity);
    }
    const body = { case: "join" as const, value: newcomer };
    const result = await this.#peers.call(this.#founder, body, FOUNDER_MS);
    if (result.type !== "reply" || result.reply.body.case !== "join") return false;
    const { founding, clusterId } = result.reply.body.value;
    return founding && bytesEqual(clusterId, this.#cluster.clusterId);
  }
}
