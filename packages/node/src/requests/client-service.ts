import { create } from "@bufbuild/protobuf";
import { type Clock, type NodeId, type Random, randomBytes } from "@coterie/core";
import type { Replicas } from "@coterie/quorum";
import { partitionOfRow, type RingView, rowKey } from "@coterie/shard-engine";
import type { Era } from "@coterie/versions";
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
  type PutRequest,
  type PutResponse,
} from "@coterie/wire";
import { bucketToWire } from "../buckets/bucket-definition.ts";
import type { Buckets } from "../buckets/buckets.ts";
import { type Failure, failure, isFailure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeStore } from "../node-store.ts";
import type { Gate } from "../overload/gate.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { eraOfPrimaries } from "./era-of-primaries.ts";
import { type Attempts, type Calls, handOn, inDoubt } from "./hand-on.ts";
import { listKeys } from "./list-keys.ts";
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
  readonly rings: RingKeeper;
  readonly replicas: Pick<Replicas, "read">;
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

/** So often a request follows a ring that changes under it; each time the two nodes have agreed. */
const RINGS_MAX = 16;

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
      owners: owners.map(({ id, weight, zone, seat = id }) => ({ id, weight, zone, seat })),
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

  /** Requests under way. */
  get requests(): number {
    return this.#parts.gate.requests;
  }

  listKeys(request: ListKeysRequest): Promise<ListKeysResponse | Failure> {
    const { cluster, store } = this.#parts;
    const timeoutMs = this.#parts.limits.requestTimeoutMs;
    return this.#parts.gate.pass({ bytes: 0, timeoutMs }, () => listKeys(request, cluster, store));
  }

  /**
   * Leads a request that another node handed on, or refuses: it is handed on once, never in circles. `takenIn`: the
   * era of the key's partition there, when it came from the client.
   */
  lead<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    takenIn: Era | undefined,
  ): Promise<Calls[Kind][1] | Failure> {
    return this.#pass(request, () => this.#leadHere(kind, request, takenIn));
  }

  #pass<T extends { readonly $typeName: string }>(
    request: { key: Uint8Array; value?: Uint8Array; timeoutMs: number },
    work: () => Promise<T>,
  ): Promise<T | Failure> {
    const bytes = request.key.length + (request.value?.length ?? 0);
    return this.#parts.gate.pass({ bytes, timeoutMs: this.#timeoutMs(request) }, work);
  }

  #timeoutMs({ timeoutMs }: { timeoutMs: number }): number {
    const { requestTimeoutMs, requestTimeoutMsMax } = this.#parts.limits;
    return Math.min(timeoutMs === 0 ? requestTimeoutMs : timeoutMs, requestTimeoutMsMax);
  }

  #leadHere<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    takenIn: Era | undefined,
  ): Promise<Calls[Kind][1] | Failure> {
    return this.#locate(request, takenIn, (located) => this.#leadAt(kind, request, located));
  }

  async #leadAt<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
  ): Promise<Calls[Kind][1] | Failure> {
    if (!this.#primaries(located).includes(this.#parts.self)) {
      return failure(
        Error_Code.NOT_PRIMARY,
        `node ${this.#parts.self} keeps no copy of the key under its ring`,
      );
    }
    return this.#leadLocated(kind, request, located);
  }

  #route<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
  ): Promise<Calls[Kind][1] | Failure> {
    return this.#locate(request, undefined, (located) => {
      const fault = "operationId" in request ? this.#giveOperationId(request) : undefined;
      if (fault !== undefined) return Promise.resolve(fault);
      const isOfNoEra = located.era === undefined && kind !== "get";
      return isOfNoEra
        ? this.#routeAsStranger(kind, request, located)
        : this.#routeLocated(kind, request, located);
    });
  }

  /** This node owns nothing: see `eraOfPrimaries`. */
  async #routeAsStranger<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
  ): Promise<Calls[Kind][1] | Failure> {
    const era = await eraOfPrimaries(this.#parts, located, this.#primaries(located));
    if (era !== undefined) return this.#routeLocated(kind, request, { ...located, era });
    const sentence = "none of the key's replicas says what it has collected: nothing was done";
    return failure(Error_Code.UNAVAILABLE, sentence, { required: located.bucket.w });
  }

  #routeLocated<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
  ): Promise<Calls[Kind][1] | Failure> {
    const attempts: Attempts = { doubt: false };
    return this.#tryUnderRing(kind, request, located, attempts).then((answer) =>
      isNotPrimary(answer) ? this.#followRing(kind, request, located, attempts) : answer,
    );
  }

  /** The ring has moved on under the request. */
  async #followRing<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
    attempts: Attempts,
  ): Promise<Calls[Kind][1] | Failure> {
    for (let rings = 1; rings < RINGS_MAX; rings++) {
      if (this.#parts.clock.monotonicMs() >= located.deadlineMs) break;
      const answer = await this.#tryUnderRing(kind, request, located, attempts);
      if (!isNotPrimary(answer)) return answer;
    }
    const { r, w } = located.bucket;
    if (attempts.doubt) return inDoubt(request, w);
    const sentence = "the ring changed again and again while the request ran: nothing was done";
    return failure(Error_Code.UNAVAILABLE, sentence, { required: kind === "get" ? r : w });
  }

  #tryUnderRing<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
    attempts: Attempts,
  ): Promise<Calls[Kind][1] | Failure> {
    const primaries = this.#primaries(located);
    if (!primaries.includes(this.#parts.self)) {
      return handOn(this.#parts, kind, request, located, primaries, attempts);
    }
    const own = attempts.doubt ? { ...request, retry: true } : request;
    return this.#leadLocated(kind, own, located);
  }

  #leadLocated<Kind extends keyof Calls>(
    kind: Kind,
    request: Calls[Kind][0],
    located: Located,
  ): Promise<Calls[Kind][1] | Failure> {
    const lead = this.#parts.lead as {
      readonly [K in keyof Calls]: (
        request: Calls[K][0],
        located: Located,
      ) => Promise<Calls[K][1] | Failure>;
    };
    return lead[kind](request, located);
  }

  /** Goes on at once, unless the bucket is to be made first. */
  #locate<T>(
    request: { bucket: string; key: Uint8Array; timeoutMs: number },
    takenIn: Era | undefined,
    then: (located: Located) => Promise<T | Failure>,
  ): Promise<T | Failure> {
    const { self, clock, buckets, cluster, store } = this.#parts;
    const fault = keyFault(request.bucket, request.key);
    if (fault !== undefined) return Promise.resolve(failure(Error_Code.INVALID, fault));
    const unready = cluster.unready;
    if (unready !== undefined) return Promise.resolve(failure(Error_Code.NOT_READY, unready));
    const deadlineMs = clock.monotonicMs() + this.#timeoutMs(request);
    const row = rowKey(request.bucket, request.key);
    const { ring } = cluster;
    // One that owns nothing is not swept, so it cannot say how old a request is.
    const era = takenIn ?? (ring.hasOwner(self) ? store.eraOf(partitionOf(row, ring)) : undefined);
    const bucket = buckets.get(request.bucket);
    if (bucket !== undefined) return then({ bucket, row, deadlineMs, era });
    return buckets.use(request.bucket).then((made) => then({ bucket: made, row, deadlineMs, era }));
  }

  #primaries({ row, bucket }: Located): readonly NodeId[] {
    const ring = this.#parts.cluster.ring;
    return ring.primaries(partitionOf(row, ring), bucket.n);
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

function partitionOf(row: Uint8Array, { record }: RingView): number {
  return partitionOfRow(row, record.partitions);
}

function isNotPrimary(answer: { readonly $typeName: string }): boolean {
  return isFailure(answer) && answer.code === Error_Code.NOT_PRIMARY;
}
