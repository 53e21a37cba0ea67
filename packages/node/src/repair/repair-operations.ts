import { create } from "@bufbuild/protobuf";
import type { RepairRequest } from "@coterie/anti-entropy";
import type { NodeId } from "@coterie/core";
import {
  Error_Code,
  type GetRepairResponse,
  GetRepairResponseSchema,
  type RepairCall,
  RepairCallSchema,
  type RepairResponse,
  RepairResponseSchema,
  type RepairState,
  RepairStateSchema,
  type RepairRequest as WireRepairRequest,
} from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import { type Failure, failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { ReplicaRecovery } from "./replica-recovery.ts";
import type { ReplicaRepair } from "./replica-repair.ts";

export interface RepairOperationsParts {
  readonly self: NodeId;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly repair: ReplicaRepair;
  readonly recovery: Pick<ReplicaRecovery, "acceptLoss">;
}

/** How long an operator's question waits for each of the other nodes. */
const ASK_MS = 1_000;

/** Repairs on demand, across the cluster: begun on every owner or on one, and asked about from any node. */
export class RepairOperations {
  readonly #parts: RepairOperationsParts;

  constructor(parts: RepairOperationsParts) {
    this.#parts = parts;
  }

  async begin(request: WireRepairRequest): Promise<RepairResponse | Failure> {
    const { bucket, partition, nodeId, acceptLoss } = request;
    const { cluster, buckets } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    const { partitions } = cluster.ring.record;
    if (partition !== undefined && partition >= partitions) {
      return failure(Error_Code.INVALID, `there is no partition ${partition}; Q is ${partitions}`);
    }
    const owners = this.#owners();
    if (nodeId !== "" && !owners.includes(nodeId)) {
      return failure(Error_Code.INVALID, `${nodeId} owns nothing: there are ${owners.join(", ")}`);
    }
    if (acceptLoss && bucket !== "") {
      const why = "a loss is accepted for partitions, whatever buckets have rows there: name none";
      return failure(Error_Code.INVALID, why);
    }
    const n = bucket === "" ? 0 : buckets.get(bucket)?.n;
    if (n === undefined) {
      return failure(Error_Code.BUCKET_UNKNOWN, `there is no bucket "${bucket}"`);
    }
    const call = create(RepairCallSchema, { begin: true, n, all: nodeId !== "", acceptLoss });
    if (partition !== undefined) call.partition = partition;
    const nodes = await Promise.all(
      (nodeId === "" ? owners : [nodeId]).map((id) => this.#tell(id, call)),
    );
    return create(RepairResponseSchema, { nodes });
  }

  async progress(): Promise<GetRepairResponse | Failure> {
    const { cluster } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    const call = create(RepairCallSchema);
    const nodes = await Promise.all(this.#owners().map((id) => this.#tell(id, call)));
    return create(GetRepairResponseSchema, { nodes });
  }

  /** This node's side of it. */
  answer({ begin, partition, n, all, acceptLoss }: RepairCall): RepairState {
    const { repair, recovery } = this.#parts;
    if (!begin) return repair.asked;
    if (acceptLoss) void recovery.acceptLoss(partition);
    const request: RepairRequest = {
      all,
      ...(partition === undefined ? {} : { partition }),
      ...(n === 0 ? {} : { n }),
    };
    return repair.begin(request);
  }

  async #tell(id: NodeId, call: RepairCall): Promise<RepairState> {
    const { self, peers } = this.#parts;
    if (id === self) return this.answer(call);
    const result = await peers.call(id, { case: "repair", value: call }, ASK_MS);
    if (result.type === "reply" && result.reply.body.case === "repair") {
      return result.reply.body.value;
    }
    const reason = result.type === "reply" ? "it could not answer" : result.reason;
    return create(RepairStateSchema, {
      nodeId: id,
      error: failure(Error_Code.UNAVAILABLE, reason),
    });
  }

  #owners(): NodeId[] {
    return this.#parts.cluster.ring.record.owners.map(({ id }) => id);
  }
}
