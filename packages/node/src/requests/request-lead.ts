import { type Clock, type Token, toHex } from "@coterie/core";
import type { Bucket, Coordinator, Failed, PutOutcome, Receipt } from "@coterie/quorum";
import { tokenOf } from "@coterie/shard-engine";
import { decodeContextToken, type Era, encodeContextToken } from "@coterie/versions";
import {
  type DeleteRequest,
  type DeleteResponse,
  Error_Code,
  type GetRequest,
  type GetResponse,
  type PutRequest,
  type PutResponse,
  type Receipt as WireReceipt,
} from "@coterie/wire";
import { type Failure, failure } from "../failure.ts";
import { readAnswer } from "./read-answer.ts";
import { consistencyOf, encodingOf } from "./request-checks.ts";

/** A request whose bucket and key were found good, with what follows from them. */
export interface Located {
  readonly bucket: Bucket;
  readonly row: Uint8Array;
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  /** Of the row's partition where the client's request was taken, at that moment; undefined: nobody can tell. */
  readonly era: Era | undefined;
}

/** Milliseconds that a client is asked to wait when this node is overloaded. */
const RETRY_AFTER_MS = 100;

const NOTHING = new Uint8Array(0);

/** A write as the coordinator takes it. */
type Write = Parameters<Coordinator["put"]>[0];
type Content = Pick<Write, "tombstone" | "encoding" | "expiresAtMs" | "value">;

/** The answer to a put or a delete. */
interface Acknowledgement<Name extends string> {
  readonly $typeName: Name;
  readonly context: Uint8Array;
  readonly receipt: WireReceipt;
  readonly attemptedAgain: boolean;
}

const TOMBSTONE: Content = {
  tombstone: true,
  encoding: "bytes",
  expiresAtMs: undefined,
  value: NOTHING,
};

/** Leads requests for keys that this node is a primary of: wire messages in, the coordinator's outcome out. */
export class RequestLead {
  readonly #coordinator: Coordinator;
  readonly #clock: Clock;

  constructor(coordinator: Coordinator, clock: Clock) {
    this.#coordinator = coordinator;
    this.#clock = clock;
  }

  put(request: PutRequest, located: Located): Promise<PutResponse | Failure> {
    const encoding = encodingOf(request.encoding);
    if (encoding === undefined) {
      const known = "use bytes, utf8 or json";
      return refused(`encoding ${request.encoding} is not known to this node: ${known}`);
    }
    const { ttlMs } = located.bucket;
    const byBucket = ttlMs === undefined ? undefined : Math.floor(this.#clock.nowMs()) + ttlMs;
    const expiresAtMs = request.expiresAtMs === 0 ? byBucket : request.expiresAtMs;
    if (expiresAtMs !== undefined && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > 0)) {
      return refused("expires_at_ms is not a whole number of milliseconds since the Unix epoch");
    }
    const { value } = request;
    const content = { tombstone: false, encoding, expiresAtMs, value };
    return this.#write("coterie.v1.PutResponse", request, located, content);
  }

  delete(request: DeleteRequest, located: Located): Promise<DeleteResponse | Failure> {
    return this.#write("coterie.v1.DeleteResponse", request, located, TOMBSTONE);
  }

  get(request: GetRequest, located: Located): Promise<GetResponse | Failure> {
    const consistency = consistencyOf(request.r, request.level, request.strict);
    if (typeof consistency === "string") return refused(consistency);
    const { row, bucket, deadlineMs } = located;
    const { monotonic } = request;
    return this.#coordinator
      .get({ row, bucket, deadlineMs, consistency, monotonic })
      .then((outcome) => {
        switch (outcome.type) {
          case "invalid":
            return invalid(outcome.detail);
          case "failed":
            return failed(outcome);
          case "ok":
            return readAnswer(
              outcome.versions,
              request.attemptedAgain,
              tokenOf(row),
              this.#clock.nowMs(),
              receiptToWire(outcome.receipt),
            );
        }
      });
  }

  #write<Name extends string>(
    $typeName: Name,
    request: PutRequest | DeleteRequest,
    { row, bucket, deadlineMs, era }: Located,
    { tombstone, encoding, expiresAtMs, value }: Content,
  ): Promise<Acknowledgement<Name> | Failure> {
    const consistency = consistencyOf(request.w, request.level, request.strict);
    if (typeof consistency === "string") return refused(consistency);
    const token = tokenOf(row);
    const seen = seenBy(request.context, token);
    if ("fault" in seen) return refused(seen.fault);
    // Field by field: to spread three objects into one cost more than the rest of this function.
    const write: Write = {
      row,
      bucket,
      deadlineMs,
      era,
      tombstone,
      encoding,
      expiresAtMs,
      value,
      context: seen.context,
      contextStamp: seen.contextStamp,
      follows: seen.follows,
      consistency,
      operationId: toHex(request.operationId),
      retry: request.retry,
    };
    return this.#coordinator
      .put(write)
      .then((outcome) => answerOf($typeName, request, token, outcome));
  }
}

function answerOf<Name extends string>(
  $typeName: Name,
  request: PutRequest | DeleteRequest,
  token: Token,
  outcome: PutOutcome,
): Acknowledgement<Name> | Failure {
  switch (outcome.type) {
    case "invalid":
      return invalid(outcome.detail);
    case "failed":
      return failed(outcome);
    case "inDoubt":
      return failure(Error_Code.IN_DOUBT, outcome.detail, {
        required: outcome.required,
        received: outcome.received,
        operationId: request.operationId,
      });
    case "ok":
      return {
        $typeName,
        context: encodeContextToken(outcome, token),
        receipt: receiptToWire(outcome.receipt),
        attemptedAgain: request.retry,
      };
  }
}

function seenBy(
  token: Uint8Array,
  key: Token,
): Pick<Write, "context" | "contextStamp" | "follows"> | { fault: string } {
  if (token.length === 0) return { context: NOTHING, contextStamp: undefined, follows: [] };
  const decoded = decodeContextToken(token, key);
  if (decoded.type === "invalid") return { fault: decoded.reason };
  return { context: decoded.encoded, contextStamp: decoded.stamp, follows: decoded.follows };
}

function receiptToWire(receipt: Receipt): WireReceipt {
  const { epoch, acknowledged, primaries, required, intersects, coordinator } = receipt;
  return {
    $typeName: "coterie.v1.Receipt",
    epoch,
    acknowledged: acknowledged.slice(),
    primaries,
    required,
    intersects,
    coordinator,
  };
}

function refused(detail: string): Promise<Failure> {
  return Promise.resolve(invalid(detail));
}

function invalid(detail: string): Failure {
  return failure(Error_Code.INVALID, detail);
}

function failed({ reason, detail, required, received }: Failed): Failure {
  if (reason === "overloaded") {
    return failure(Error_Code.OVERLOADED, detail, {
      required,
      received,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
  const code = reason === "notOwner" ? Error_Code.NOT_PRIMARY : Error_Code.UNAVAILABLE;
  return failure(code, detail, { required, received });
}
