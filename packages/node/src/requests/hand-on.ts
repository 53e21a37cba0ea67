import type { Clock, NodeId } from "@coterie/core";
import {
  type DeleteRequest,
  type DeleteResponse,
  Error_Code,
  type GetRequest,
  type GetResponse,
  type PeerCall,
  type PeerReply,
  type PutRequest,
  type PutResponse,
} from "@coterie/wire";
import { type Failure, failure } from "../failure.ts";
import type { Peers } from "../membership/peers.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import type { Located } from "./request-lead.ts";

/** The requests that one node leads, with their responses. */
export interface Calls {
  put: [PutRequest, PutResponse];
  get: [GetRequest, GetResponse];
  delete: [DeleteRequest, DeleteResponse];
}

export interface HandOnParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly peers: Peers;
  readonly rings: RingKeeper;
}

/** What is known of a request's attempts so far. */
export interface Attempts {
  /** One was lost on the way, and may have been carried out. */
  doubt: boolean;
}

/** Of the time of a request that is handed on, for the node that leads it: the rest brings its answer back. */
const LEADER_SHARE = 0.9;

/** Refusals of one primary which another may not share; the last of them says that its ring is another one. */
const ELSEWHERE: readonly Error_Code[] = [
  Error_Code.UNAVAILABLE,
  Error_Code.OVERLOADED,
  Error_Code.NOT_READY,
  Error_Code.NOT_PRIMARY,
];

/**
 * Hands a request to one primary after the other until one answers. A write may be repeated: it carries
 * its operation id. Once an attempt was lost on the way, a later refusal can no longer say that nothing was done.
 */
export async function handOn<Kind extends keyof Calls>(
  { self, clock, peers, rings }: HandOnParts,
  kind: Kind,
  request: Calls[Kind][0],
  { deadlineMs, bucket, era }: Located,
  primaries: readonly NodeId[],
  attempts: Attempts,
): Promise<Calls[Kind][1] | Failure> {
  const required = kind === "get" ? bucket.r : bucket.w;
  let refusal: Failure | undefined;
  for (const [tried, primary] of peers.rank(primaries).entries()) {
    // A share of what is left, so that a primary that hangs leaves time for the next.
    const patienceMs = (deadlineMs - clock.monotonicMs()) / (primaries.length - tried);
    if (patienceMs < 1) break;
    const timeoutMs = Math.ceil(patienceMs * LEADER_SHARE);
    const value = { ...request, timeoutMs, ...(attempts.doubt && { retry: true }) };
    const body = { case: kind, value } as unknown as PeerCall["body"];
    const result = await peers.call(primary, body, patienceMs, false, era);
    if (result.type === "lost") attempts.doubt = kind !== "get";
    if (result.type !== "reply") continue;
    const reply: PeerReply["body"] = result.reply.body;
    if (reply.case === kind) return reply.value as Calls[Kind][1];
    if (reply.case !== "error") continue;
    refusal = reply.value;
    if (!ELSEWHERE.includes(refusal.code)) break;
    if (refusal.code === Error_Code.NOT_PRIMARY) {
      await rings.agreeWith(primary);
      return refusal;
    }
  }
  if (attempts.doubt && refusal?.code !== Error_Code.IN_DOUBT) {
    return inDoubt(request, required);
  }
  return (
    refusal ??
    failure(
      Error_Code.UNAVAILABLE,
      `none of the key's replicas (${primaries.join(", ")}) can be reached from ${self}: nothing was done`,
      { required },
    )
  );
}

/** What is said of a write whose attempt was lost, and that nobody took afterwards. */
export function inDoubt(
  request: PutRequest | GetRequest | DeleteRequest,
  required: number,
): Failure {
  return failure(
    Error_Code.IN_DOUBT,
    "no replica of the key answered in time, and one may have the write: retry with the same operation id",
    { required, ...("operationId" in request ? { operationId: request.operationId } : {}) },
  );
}
