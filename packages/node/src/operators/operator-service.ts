import { create } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import type { RingChanges } from "@coterie/rebalance";
import { parseRowKey } from "@coterie/shard-engine";
import {
  type BackUpRequest,
  type BackUpResponse,
  BackUpResponseSchema,
  type CreateBucketRequest,
  type CreateBucketResponse,
  CreateBucketResponseSchema,
  type DrainHintsResponse,
  DrainHintsResponseSchema,
  Error_Code,
  type ExplainKeyRequest,
  type ExplainKeyResponse,
  type GetRingRequest,
  type GetRingResponse,
  GetRingResponseSchema,
  type GetStatusResponse,
  GetStatusResponseSchema,
  type HintCount,
  HintCountSchema,
  type ListBucketsResponse,
  ListBucketsResponseSchema,
  type ListHintsRequest,
  type ListHintsResponse,
  ListHintsResponseSchema,
  type NodeReport,
  NodeReportRequestSchema,
  type NodeStatus,
  NodeStatusSchema,
  type ShowBucketRequest,
  type ShowBucketResponse,
  ShowBucketResponseSchema,
} from "@coterie/wire";
import { bucketToWire, REPLICAS_MAX } from "../buckets/bucket-definition.ts";
import type { Buckets } from "../buckets/buckets.ts";
import type { Collections } from "../collection/collections.ts";
import { type Failure, failure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodePorts } from "../node-ports.ts";
import type { NodeStore } from "../node-store.ts";
import type { Handoff } from "../repair/handoff.ts";
import { keyFault } from "../requests/request-checks.ts";
import { RingOperations } from "../ring/ring-operations.ts";
import { explainKey } from "./explain-key.ts";
import type { NodeReporter } from "./node-reporter.ts";

export interface OperatorServiceParts {
  readonly self: NodeId;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly membership: Membership;
  readonly store: NodeStore;
  readonly reporter: NodeReporter;
  readonly handoff: Handoff;
  readonly changes: RingChanges;
  readonly collections: Collections;
  readonly backUp?: NodePorts["backUp"];
}

/** How long an operator's question waits for each of the other nodes. */
const ASK_MS = 1_000;

const CIRCUITS = { closed: "closed", open: "open", halfOpen: "half-open" } as const;

/** Answers operators: what the cluster looks like from this node. Never throws. */
export class OperatorService {
  readonly rings: RingOperations;
  readonly #parts: OperatorServiceParts;

  constructor(parts: OperatorServiceParts) {
    this.#parts = parts;
    this.rings = new RingOperations({ ...parts, status: () => this.status() });
  }

  async status(): Promise<GetStatusResponse | Failure> {
    const { cluster, self } = this.#parts;
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    const { epoch, partitions } = cluster.ring.record;
    return create(GetStatusResponseSchema, {
      clusterId: cluster.clusterId,
      epoch,
      partitions,
      answeredBy: self,
      nodes: await Promise.all(this.#nodeIds().map((id) => this.#statusOf(id))),
    });
  }

  ring({ n }: GetRingRequest): GetRingResponse | Failure {
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    const replicas = n === 0 ? 3 : n;
    if (replicas > REPLICAS_MAX) {
      return failure(Error_Code.INVALID, `n=${replicas} is above ${REPLICAS_MAX}`);
    }
    const view = this.#parts.cluster.ring;
    const ring = view.ring(replicas);
    const { epoch, partitions, owners } = view.record;
    const slots = partitions * Math.min(replicas, owners.length);
    const weights = owners.reduce((sum, { weight }) => sum + weight, 0);
    return create(GetRingResponseSchema, {
      epoch,
      partitions,
      n: replicas,
      owners: owners.map(({ id, zone, weight }) => ({
        id,
        zone,
        weight,
        replicas: ring.partitionsOf(id).length,
        share: ring.partitionsOf(id).length / slots,
        fair: weight / weights,
      })),
    });
  }

  async explain({ bucket: name, key }: ExplainKeyRequest): Promise<ExplainKeyResponse | Failure> {
    const fault = keyFault(name, key);
    if (fault !== undefined) return failure(Error_Code.INVALID, fault);
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    const bucket = this.#parts.buckets.get(name);
    return bucket === undefined ? unknownBucket(name) : explainKey(this.#parts, bucket, key);
  }

  async createBucket(request: CreateBucketRequest): Promise<CreateBucketResponse | Failure> {
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    if (request.bucket === undefined) {
      return failure(Error_Code.INVALID, "the request names no bucket to create");
    }
    const defined = await this.#parts.buckets.define(request.bucket);
    if (!("bucket" in defined)) return defined;
    const { bucket, existed } = defined;
    return create(CreateBucketResponseSchema, { bucket: bucketToWire(bucket), existed });
  }

  listBuckets(): ListBucketsResponse {
    return create(ListBucketsResponseSchema, {
      buckets: this.#parts.buckets.list().map(bucketToWire),
    });
  }

  showBucket({ name }: ShowBucketRequest): ShowBucketResponse | Failure {
    const bucket = this.#parts.buckets.get(name);
    if (bucket === undefined) return unknownBucket(name);
    return create(ShowBucketResponseSchema, { bucket: bucketToWire(bucket) });
  }

  /** The hints of this node in full, those of the others counted. */
  async listHints({ limit }: ListHintsRequest): Promise<ListHintsResponse | Failure> {
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    const { hints } = await this.#parts.store.hints(undefined, limit === 0 ? 100 : limit);
    return create(ListHintsResponseSchema, {
      hints: hints.map(({ row, intendedFor, sinceMs, versions }) => {
        const { bucket, key } = parseRowKey(row);
        return { bucket, key, intendedFor, sinceMs, bytes: versions.length };
      }),
      nodes: await Promise.all(this.#nodeIds().map((id) => this.#hintCountOf(id))),
    });
  }

  async drainHints(): Promise<DrainHintsResponse | Failure> {
    const unready = this.#unready();
    if (unready !== undefined) return unready;
    return create(DrainHintsResponseSchema, await this.#parts.handoff.drain());
  }

  async backUp({ directory }: BackUpRequest): Promise<BackUpResponse | Failure> {
    const { backUp } = this.#parts;
    if (backUp === undefined) {
      return failure(
        Error_Code.INVALID,
        "this node keeps its data in memory: there is nothing to back up",
      );
    }
    try {
      return create(BackUpResponseSchema, await backUp(directory));
    } catch (error) {
      return failure(Error_Code.INVALID, error instanceof Error ? error.message : String(error));
    }
  }

  #unready(): Failure | undefined {
    const { unready } = this.#parts.cluster;
    return unready === undefined ? undefined : failure(Error_Code.NOT_READY, unready);
  }

  /** Owners and members, started or not. */
  #nodeIds(): NodeId[] {
    const { cluster, self } = this.#parts;
    const ids = new Set([self, ...cluster.ring.record.owners.map(({ id }) => id)]);
    for (const { id } of this.#parts.membership.others) ids.add(id);
    return [...ids].sort();
  }

  async #statusOf(id: NodeId): Promise<NodeStatus> {
    const { cluster, peers, self, reporter, membership } = this.#parts;
    const status = {
      id,
      owner: cluster.ring.record.owners.some((each) => each.id === id),
      address: cluster.addresses().find((address) => address.id === id)?.address ?? "",
      incarnation: membership.incarnationOf(id),
      version: membership.versionOf(id),
      state: "alive",
    };
    if (id === self) return create(NodeStatusSchema, { ...status, ...(await reporter.facts()) });
    const state = membership.stateOf(id) ?? "unknown";
    const seen = {
      ...status,
      state,
      phi: peers.phi(id),
      latencyMs: peers.averageLatencyMs(id),
      latencyP95Ms: peers.expectedLatencyMs(id),
      circuit: CIRCUITS[peers.circuitOf(id) ?? "open"],
    };
    const facts = await this.#ask(id, state === "dead" ? ASK_MS / 4 : ASK_MS);
    if (typeof facts === "string") return create(NodeStatusSchema, seen);
    const { $typeName: _, $unknown: __, ...told } = facts.report;
    return create(NodeStatusSchema, { ...seen, ...told, roundTripMs: facts.latencyMs });
  }

  /** What the node says of itself, or a sentence on why it did not. */
  async #ask(
    id: NodeId,
    timeoutMs: number,
  ): Promise<{ report: NodeReport; latencyMs: number } | string> {
    const body = { case: "report" as const, value: create(NodeReportRequestSchema) };
    const result = await this.#parts.peers.call(id, body, timeoutMs);
    if (result.type !== "reply") return result.reason;
    if (result.reply.body.case !== "report") return "it could not answer";
    return { report: result.reply.body.value, latencyMs: result.latencyMs };
  }

  async #hintCountOf(nodeId: NodeId): Promise<HintCount> {
    const { self, reporter } = this.#parts;
    if (nodeId === self) {
      const { hints, hintBytes } = await reporter.facts();
      return create(HintCountSchema, { nodeId, hints, bytes: hintBytes });
    }
    const facts = await this.#ask(nodeId, ASK_MS);
    if (typeof facts === "string") {
      return create(HintCountSchema, { nodeId, error: failure(Error_Code.UNAVAILABLE, facts) });
    }
    const { hints, hintBytes } = facts.report;
    return create(HintCountSchema, { nodeId, hints, bytes: hintBytes });
  }
}

function unknownBucket(name: string): Failure {
  return failure(
    Error_Code.BUCKET_UNKNOWN,
    `there is no bucket "${name}": a put creates it with the defaults, \`coterie bucket create\` with others`,
  );
}
