import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Error_Code as Code, ErrorSchema, type Error as Failure } from "@coterie/wire";
import { Metadata, type ServiceError, status as Status, type StatusObject } from "@grpc/grpc-js";

/** The trailer that carries the encoded `coterie.v1.Error`. */
export const ERROR_TRAILER = "coterie-error-bin";
const PUSHBACK_TRAILER = "grpc-retry-pushback-ms";

/** Trailers are headers, which have small limits of their own. */
const MESSAGE_LENGTH_MAX = 1000;

const statusOf: Record<Code, Status> = {
  [Code.UNSPECIFIED]: Status.INTERNAL,
  [Code.INVALID]: Status.INVALID_ARGUMENT,
  [Code.UNAVAILABLE]: Status.UNAVAILABLE,
  [Code.IN_DOUBT]: Status.DEADLINE_EXCEEDED,
  [Code.OVERLOADED]: Status.RESOURCE_EXHAUSTED,
  [Code.BUCKET_EXISTS]: Status.ALREADY_EXISTS,
  [Code.BUCKET_UNKNOWN]: Status.NOT_FOUND,
  [Code.NOT_READY]: Status.UNAVAILABLE,
  [Code.WRONG_CLUSTER]: Status.FAILED_PRECONDITION,
  [Code.INTERNAL]: Status.INTERNAL,
  [Code.NOT_PRIMARY]: Status.UNAVAILABLE,
};

/** The gRPC status that says `error` to clients which know nothing of it; the trailers say all of it. */
export function encodeError(error: Failure): StatusObject {
  const message = asDetails(error.message);
  const metadata = new Metadata();
  metadata.set(ERROR_TRAILER, Buffer.from(toBinary(ErrorSchema, { ...error, message })));
  if (error.code === Code.OVERLOADED && error.retryAfterMs > 0) {
    metadata.set(PUSHBACK_TRAILER, String(error.retryAfterMs));
  }
  return { code: statusOf[error.code] ?? Status.INTERNAL, details: message, metadata };
}

/**
 * What a failed call says, from the trailer if the node got to speak, else from what gRPC reports. Where
 * the request may have been carried out although no answer came, that is IN_DOUBT.
 */
export function decodeError(error: ServiceError): Failure {
  const [trailer] = error.metadata?.get(ERROR_TRAILER) ?? [];
  if (trailer instanceof Buffer) {
    try {
      return fromBinary(ErrorSchema, new Uint8Array(trailer));
    } catch {
      // A trailer that cannot be read says no more than none.
    }
  }
  return create(ErrorSchema, { code: codeOf(error), message: reasonOf(error) });
}

/** The cause of a gRPC failure as one sentence, without grpc-js's own wrapping. */
export function reasonOf(error: Pick<StatusObject, "code" | "details">): string {
  const cause = /Last error: (?:Error: )?(.*?)(?: \(\d{4}-[^)]*\))?\. Resolution note: /.exec(
    error.details,
  )?.[1];
  return cause || error.details || `gRPC status ${Status[error.code] ?? error.code}`;
}

/** A text that can go into a status: well-formed, because grpc-js throws on lone surrogates, and not too long. */
export function asDetails(text: string): string {
  const cut = text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
  return cut.replace(/\p{Surrogate}/gu, "\ufffd");
}

function codeOf({ code, details }: ServiceError): Code {
  switch (code) {
    case Status.INVALID_ARGUMENT:
    case Status.OUT_OF_RANGE:
    case Status.PERMISSION_DENIED:
    case Status.UNAUTHENTICATED:
      return Code.INVALID;
    case Status.UNAVAILABLE:
      return neverSent(details) ? Code.UNAVAILABLE : Code.IN_DOUBT;
    case Status.DEADLINE_EXCEEDED:
    case Status.CANCELLED:
    case Status.UNKNOWN:
      return Code.IN_DOUBT;
    case Status.RESOURCE_EXHAUSTED:
      return / larger than /.test(details) ? Code.INVALID : Code.OVERLOADED;
    case Status.ALREADY_EXISTS:
      return Code.BUCKET_EXISTS;
    case Status.NOT_FOUND:
      return Code.BUCKET_UNKNOWN;
    case Status.FAILED_PRECONDITION:
      return Code.WRONG_CLUSTER;
    default:
      return Code.INTERNAL;
  }
}

/** grpc-js reports a connection that never came about and one that broke under the call with one code. */
function neverSent(details: string): boolean {
  return /^(No connection established|Name resolution failed)/.test(details);
}
