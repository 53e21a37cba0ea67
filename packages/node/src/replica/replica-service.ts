import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { assertNever, CodecError, type NodeId } from "@coterie/core";
import type { Rejection } from "@coterie/peer-session";
import type { NodeRingReport } from "@coterie/rebalance";
import {
  type BucketRules,
  parseRowKey,
  partitionOfRow,
  type ReadResult,
  type Refused,
} from "@coterie/shard-engine";
import {
  Error_Code,
  ExplainRowResultSchema,
  type JoinRequest,
  type JoinResponse,
  type MergeRow,
  type MergeRowResult,
  MergeRowResultSchema,
  NodeReportSchema,
  type PeerCall,
  type PeerReply,
  PeerReplySchema,
  type ReadRow,
  type ReadRowResult,
  ReadRowResultSchema,
  Refusal,
  RegisterReplySchema,
  SwimReceivedSchema,
} from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import type { Collections } from "../collection/collections.ts";
import { type Failure, failure, isFailure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import type { NodeStore } from "../node-store.ts";
import type { NodeReporter } from "../operators/node-reporter.ts";
import type { RepairOperations } from "../repair/repair-operations.ts";
import type { ClientService } from "../requests/client-service.ts";
import type { RingAcceptor } from "../ring/ring-acceptor.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { reportToWire } from "../ring/ring-report.ts";
import type { LeafService } from "./leaf-service.ts";
import { eraFromWire, wireEraOf } from "./wire-era.ts";
import { wireRefusal } from "./wire-refusal.ts";

export interface ReplicaServiceParts {
  readonly store: NodeStore;
  readonly buckets: Buckets;
  readonly cluster: Cluster;
  readonly clients: ClientService;
  readonly collections: Collections;
  readonly rings: RingKeeper;
  readonly acceptor: RingAcceptor;
  readonly ringReport: () => Promise<NodeRingReport>;
  readonly reporter: NodeReporter;
  readonly leaves: LeafService;
  readonly repairs: Pick<RepairOperations, "answer">;
  readonly membership: Membership;
  /** A hint was kept for this primary. */
  readonly onHintKept: (intendedFor: NodeId) => void;
  readonly admit: (newcomer: JoinRequest) => Promise<JoinResponse | Failure>;
}

/** The replica's side of every call from another node: what it stores, what it answers, what it refuses. */
export class ReplicaService {
  readonly #parts: ReplicaServiceParts;

  constructor(parts: ReplicaServiceParts) {
    this.#parts = parts;
  }

  /** `from` is the address at which the calling node listens. */
  answer(call: PeerCall, from: string): PeerReply | Promise<PeerReply> {
    const { id, body } = call;
    switch (body.case) {
      case "merge":
        return this.#merge(body.value, id);
      case "read":
        return this.#read(body.value, id);
      default:
        return this.#answerBody(body, call.era, from).then((answered) => replyOf(id, answered));
    }
  }

  /** Of all but what goes with every put and get. */
  async #answerBody(
    body: Exclude<PeerCall["body"], { case: "merge" | "read" }>,
    era: PeerCall["era"],
    from: string,
  ): Promise<PeerReply["body"]> {
    const takenIn = era && eraFromWire(era);
    switch (body.case) {
      case "swim":
        this.#parts.membership.receive(from, body.value.message);
        return { case: "swim", value: create(SwimReceivedSchema) };
      case "join": {
        const joined = await this.#parts.admit(body.value);
        return isFailure(joined)
          ? { case: "error", value: joined }
          : { case: "join", value: joined };
      }
      case "buckets":
        return { case: "buckets", value: await this.#parts.buckets.exchange(body.value) };
      case "ring":
        return { case: "ring", value: await this.#parts.rings.exchange(body.value) };
      case "ringReport":
        return { case: "ringReport", value: reportToWire(await this.#parts.ringReport()) };
      case "register": {
        const reply = await this.#parts.acceptor.answer(body.value);
        return { case: "register", value: create(RegisterReplySchema, reply && { reply }) };
      }
      case "put": {
        const value = await this.#parts.clients.lead("put", body.value, takenIn);
        return isFailure(value) ? { case: "error", value } : { case: "put", value };
      }
      case "get": {
        const value = await this.#parts.clients.lead("get", body.value, takenIn);
        return isFailure(value) ? { case: "error", value } : { case: "get", value };
      }
      case "delete": {
        const value = await this.#parts.clients.lead("delete", body.value, takenIn);
        return isFailure(value) ? { case: "error", value } : { case: "delete", value };
      }
      case "scan":
        return { case: "scan", value: await this.#parts.leaves.scan(body.value) };
      case "roots":
        return { case: "roots", value: await this.#parts.leaves.roots(body.value) };
      case "leaves":
        return { case: "leaves", value: await this.#parts.leaves.exchange(body.value) };
      case "repair":
        return { case: "repair", value: this.#parts.repairs.answer(body.value) };
      case "collection":
        return { case: "collection", value: await this.#parts.collections.answer(body.value) };
      case "explain":
        return { case: "explain", value: await this.#explain(body.value.row) };
      case "report":
        return {
          case: "report",
          value: create(NodeReportSchema, await this.#parts.reporter.facts()),
        };
      case undefined:
        return {
          case: "error",
          value: failure(
            Error_Code.INVALID,
            "this node does not know the call: the other runs a newer version",
          ),
        };
      default:
        return assertNever(body);
    }
  }

  #merge({ epoch, row, versions, hintFor, era: theirs }: MergeRow, id: number): Promise<PeerReply> {
    const rules = this.#rulesOf(row);
    if (typeof rules === "string") {
      return Promise.resolve(mergeRefused(id, { refusal: Refusal.BUCKET, detail: rules }));
    }
    const era = eraFromWire(theirs);
    const obstacle = hintFor === "" ? undefined : this.#obstacle(row);
    if (obstacle !== undefined) {
      const refusal = Refusal.RECOVERING;
      return Promise.resolve(mergeRefused(id, { refusal, epoch, detail: obstacle }));
    }
    const write = this.#parts.store.write(
      hintFor === ""
        ? { type: "merge", epoch, row, bucket: rules, versions, era }
        : { type: "keepHint", epoch, row, bucket: rules, versions, intendedFor: hintFor, era },
    );
    // It settles after `staged`, also when that is a refusal: nobody else asks what was staged.
    return write.committed.then((committed) => {
      const isDurable = committed.type === "committed";
      if (!isDurable && committed.kind === "refused") {
        return write.staged.then((staged) => mergeRefused(id, wireRefusal(staged as Refused)));
      }
      if (hintFor !== "" && isDurable) this.#parts.onHintKept(hintFor);
      const value: MergeRowResult = {
        $typeName: "coterie.v1.MergeRowResult",
        refusal: isDurable ? Refusal.UNSPECIFIED : Refusal.STORAGE,
        epoch,
        detail: isDurable ? "" : committed.detail,
      };
      return replyOf(id, { case: "merge", value });
    });
  }

  #obstacle(row: Uint8Array): string | undefined {
    const { cluster, collections } = this.#parts;
    return collections.obstacle(partitionOfRow(row, cluster.ring.record.partitions));
  }

  #read(
    { epoch, row, causalityOnly, standIn }: ReadRow,
    id: number,
  ): PeerReply | Promise<PeerReply> {
    const rules = this.#rulesOf(row);
    if (typeof rules === "string") {
      const refusal = Refusal.BUCKET;
      return readReplyOf(id, create(ReadRowResultSchema, { refusal, detail: rules }));
    }
    const want = causalityOnly ? "causality" : "versions";
    const read = this.#parts.store.read({ epoch, row, bucket: rules, want, standIn });
    return read instanceof Promise
      ? read.then((result) => readReplyOf(id, readResultOf(result)))
      : readReplyOf(id, readResultOf(read));
  }

  async #explain(row: Uint8Array) {
    const rules = this.#rulesOf(row);
    const epoch = this.#parts.cluster.ring.record.epoch;
    if (typeof rules === "string") return create(ExplainRowResultSchema, { epoch });
    const result = await this.#parts.store.read({ epoch, row, bucket: rules, want: "versions" });
    if (result.type === "refused") return create(ExplainRowResultSchema, { epoch });
    return create(ExplainRowResultSchema, {
      epoch,
      recovering: result.recovering,
      versions: result.versions ?? new Uint8Array(),
      keptBecause: this.#parts.collections.explain(row, rules.n, result.versions) ?? "",
    });
  }

  /** The bucket of a row from another node, or a sentence on why there is none. */
  #rulesOf(row: Uint8Array): BucketRules | string {
    try {
      const { bucket } = parseRowKey(row);
      return this.#parts.buckets.get(bucket) ?? `bucket ${bucket} is not known here yet`;
    } catch (error) {
      if (error instanceof CodecError) return error.message;
      throw error;
    }
  }
}

function replyOf(id: number, body: PeerReply["body"]): PeerReply {
  return { $typeName: "coterie.v1.PeerReply", id, body };
}

function mergeRefused(id: number, why: MessageInitShape<typeof MergeRowResultSchema>): PeerReply {
  return replyOf(id, { case: "merge", value: create(MergeRowResultSchema, why) });
}

function readReplyOf(id: number, value: ReadRowResult): PeerReply {
  return replyOf(id, { case: "read", value });
}

const NOTHING = new Uint8Array(0);

function readResultOf(result: ReadResult): ReadRowResult {
  if (result.type === "refused") return create(ReadRowResultSchema, wireRefusal(result));
  const answer: ReadRowResult = {
    $typeName: "coterie.v1.ReadRowResult",
    refusal: Refusal.UNSPECIFIED,
    epoch: result.epoch,
    recovering: result.recovering,
    versions: result.versions ?? NOTHING,
    detail: "",
  };
  const era = wireEraOf(result.era);
  if (era !== undefined) answer.era = era;
  return answer;
}

/** The answer to a call that the session refused to hand on. */
export function rejectedCall({ id }: PeerCall, { detail }: Rejection): PeerReply {
  const value = failure(Error_Code.INTERNAL, detail);
  return create(PeerReplySchema, { id, body: { case: "error", value } });
}
