import { create } from "@bufbuild/protobuf";
import { type Clock, type NodeId, type Random, randomBytes } from "@coterie/core";
import type { Bucket as Definition } from "@coterie/quorum";
import { partitionOfRow, rowKey } from "@coterie/shard-engine";
import {
  type Bucket,
  type DeleteRequest,
  type DeleteResponse,
  Error_Code,
  type GetRequest,
  type GetResponse,
  type GetTopologyResponse,
  GetTopologyResponseSchema,
  type ListKeysRequest,
  type ListKeysResponse,
  type PeerCall,
  type PeerReply,
  type PutRequest,
  type PutResponse,
} from "@coterie/wire";
import { bucketToWire } from "./bucket-definition.ts";
import type { Buckets } from "./buckets.ts";
import type { Cluster } from "./cluster.ts";
import { type Failure, failure } from "./failure.ts";
import type { Gate } from "./gate.ts";
import { listKeys } from "./list-keys.ts";
import type { NodeStore } from "./node-store.ts";
import type { Peers } from "./peers.ts";
import { keyFault } from "./request-checks.ts";
import type { Located, RequestLead } from "./request-lead.ts";

export interface ClientServiceParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly store: NodeStore;
  readonly peers: Peers;
  readonly lead: RequestLead;
  readonly gate: Gate;
  readonly limits: ClientLimits;
}

/** What the operator chose for clients' requests. */
export interface ClientLimits {
  /** Deadline of a request that names none. */
  readonly requestTimeoutMs: number;
  /** The longest deadline that is kept; a longer one is shortened to it. */
  readonly requestTimeoutMsMax: number;
  readonly valueBytesMax: number;
  /** Requests under way at once; further ones are refused. Default 8,192. */
  readonly requestsMax?: number;
}

/** Of the time of a request that is handed on, for the node that leads it: the rest brings its answer back. */
const LEADER_SHARE = 0.9;

interface Calls {
  put: [PutRequest, PutResponse];
  get: [GetRequest, GetResponse];
  delete: [DeleteRequest, DeleteResponse];
}

/**
 * Takes any client's request at any node: leads it when this node is a primary of the key, else hands it
 * to one that is (Dynamo §4.5). Never throws: what goes wrong is a `Failure`.
 */
export class ClientService {
  readonly #parts: ClientServiceParts;

  constructor(parts: ClientServiceParts) {
    this.#parts = parts;
  }

  put(request: PutRequest): Promise<PutResponse | Failure> {
    const { valueBytesMax } = this.#parts.limits;
    if (request.value.length > valueBytesMax) {
      const size = `${request.value.length} bytes; this node takes values up to ${valueBytesMax}`;
      return Promise.resolve(
        failure(Error_Code.INVALID, `the value has ${size}. Split it, or raise value-bytes-max`),
      );
    }
    return this.#pass(request, () => this.#route("put", request));
  }

  get(request: GetRequest): Promise<GetResponse | Failure> {
    return this.#pass(request, () => this.#route("get", request));
  }

  delete(request: DeleteRequest): Promise<DeleteResponse | Failure> {
    return this.#pass(request, () => this.#route("delete", request));
  }

  /** Where keys live, for clients that go straight to a replica. */
  topology(): GetTopologyResponse {
    const { cluster, buckets } = this.#parts;
    const { epoch, partitions, phase, next, owners: old } = cluster.ring.record;
    // Those who answer reads; while a change is on its way they take writes all along.
    const owners = phase === "switched" ? next : old;
    return create(GetTopologyResponseSchema, {
      clusterId: cluster.clusterId,
      epoch,
      partitions,
      owners: owners.map(({ id, weight, zone }) => ({ id, weight, zone })),
      addresses: cluster.addresses(),
      buckets: buckets.list().map(bucketToWire),
    });
  }

  /** Makes a bucket, or says which other definition stands in the way. */
  async define(asked: Bucket): Promise<Bucket | Failure> {
    const { cluster, buckets } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    const defined = await buckets.define(asked);
    return "bucket" in defined ? bucketToWire(defined.bucket) : defined;
  }

  listKeys(request: ListKeysRequest): Promise<ListKeysResponse | Failure> {
    const { cluster, store } = this.#parts;
    return this.#parts.gate.pass(0, () => listKeys(request, cluster, store));
  }

  /** Leads a request that another node handed on, or refuses: it is handed on once, never in circles. */
  lead<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
  ): Promise<Calls[Kind][1] | Failure> {
    return this.#pass(request, () => this.#leadHere(kind, request));
  }

  #pass<T>(request: { key: Uint8Array; value?: Uint8Array }, work: () => Promise<T>) {
    return this.#parts.gate.pass(request.key.length + (request.value?.length ?? 0), work);
  }

  async #leadHere<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
  ): Promise<Calls[Kind][1] | Failure> {
    const located = await this.#locate(request);
    if (!("row" in located)) return located;
    if (!this.#primaries(located).includes(this.#parts.self)) {
      return failure(
        Error_Code.UNAVAILABLE,
        "the two nodes' rings differ on who holds the key: try again in a moment",
      );
    }
    return this.#leadLocated(kind, request, located);
  }

  async #route<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
  ): Promise<Calls[Kind][1] | Failure> {
    const located = await this.#locate(request);
    if (!("row" in located)) return located;
    if ("operationId" in request) {
      const fault = this.#giveOperationId(request);
      if (fault !== undefined) return fault;
    }
    const primaries = this.#primaries(located);
    if (primaries.includes(this.#parts.self)) return this.#leadLocated(kind, request, located);
    return this.#handOn(kind, request, located, primaries);
  }

  /**
   * To one primary after the other until one answers. A write may be repeated: it carries its operation
   * id. Once an attempt was lost on the way, a later refusal can no longer say that nothing was done.
   */
  async #handOn<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    { deadlineMs, bucket }: Located,
    primaries: readonly NodeId[],
  ): Promise<Calls[Kind][1] | Failure> {
    const { peers, clock } = this.#parts;
    const required = kind === "get" ? bucket.r : bucket.w;
    let doubt = false;
    let refusal: Failure | undefined;
    for (const [tried, primary] of peers.rank(primaries).entries()) {
      // A share of what is left, so that a primary that hangs leaves time for the next.
      const patienceMs = (deadlineMs - clock.monotonicMs()) / (primaries.length - tried);
      if (patienceMs < 1) break;
      const timeoutMs = Math.ceil(patienceMs * LEADER_SHARE);
      const value = { ...request, timeoutMs, ...(doubt && { retry: true }) };
      const body = { case: kind, value } as unknown as PeerCall["body"];
      const result = await peers.call(primary, body, patienceMs);
      if (result.type === "lost") doubt = kind !== "get";
      if (result.type !== "reply") continue;
      const reply: PeerReply["body"] = result.reply.body;
      if (reply.case === kind) return reply.value as Calls[Kind][1];
      if (reply.case !== "error") continue;
      refusal = reply.value;
      const elsewhere =
        refusal.code === Error_Code.UNAVAILABLE ||
        refusal.code === Error_Code.OVERLOADED ||
        refusal.code === Error_Code.NOT_READY;
      if (!elsewhere) break;
    }
    if (doubt && refusal?.code !== Error_Code.IN_DOUBT) {
      return failure(
        Error_Code.IN_DOUBT,
        "no replica of the key answered in time, and one may have the write: retry with the same operation id",
        { required, ...("operationId" in request ? { operationId: request.operationId } : {}) },
      );
    }
    return (
      refusal ??
      failure(
        Error_Code.UNAVAILABLE,
        `none of the key's replicas (${primaries.join(", ")}) can be reached from ${this.#parts.self}: nothing was done`,
        { required },
      )
    );
  }

  #leadLocated<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
  ): Promise<Calls[Kind][1] | Failure> {
    const lead = this.#parts.lead[kind].bind(this.#parts.lead) as (
      request: Calls[Kind][0],
      located: Located,
    ) => Promise<Calls[Kind][1] | Failure>;
    return lead(request, located);
  }

  async #locate(request: {
    bucket: string;
    key: Uint8Array;
    timeoutMs: number;
  }): Promise<Located | Failure> {
    const { clock, buckets, limits, cluster } = this.#parts;
    const fault = keyFault(request.bucket, request.key);
    if (fault !== undefined) return failure(Error_Code.INVALID, fault);
    const unready = cluster.unready;
    if (unready !== undefined) return failure(Error_Code.NOT_READY, unready);
    const timeoutMs = Math.min(
      request.timeoutMs === 0 ? limits.requestTimeoutMs : request.timeoutMs,
      limits.requestTimeoutMsMax,
    );
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const bucket: Definition = buckets.get(request.bucket) ?? (await buckets.use(request.bucket));
    return { bucket, row: rowKey(request.bucket, request.key), deadlineMs };
  }

  #primaries({ row, bucket }: Located): readonly NodeId[] {
    const ring = this.#parts.cluster.ring;
    return ring.primaries(partitionOfRow(row, ring.record.partitions), bucket.n);
  }

  #giveOperationId(request: PutRequest | DeleteRequest): Failure | undefined {
    const { length } = request.operationId;
    if (length === 0) request.operationId = randomBytes(this.#parts.random, 16);
    else if (length !== 16) {
      return failure(Error_Code.INVALID, `an operation id has 16 bytes; this one has ${length}`);
    }
    return undefined;
  }
}
