import { toHex } from "@coterie/core";
import { Error_Code as Code, type Error as Failure } from "@coterie/wire";
import { CliError, type ErrorCode } from "./cli-error.ts";

const codes: Readonly<Record<Code, ErrorCode>> = {
  [Code.UNSPECIFIED]: "internal",
  [Code.INVALID]: "invalid",
  [Code.UNAVAILABLE]: "unavailable",
  [Code.IN_DOUBT]: "in_doubt",
  [Code.OVERLOADED]: "overloaded",
  [Code.BUCKET_EXISTS]: "bucket_exists",
  [Code.BUCKET_UNKNOWN]: "bucket_unknown",
  [Code.NOT_READY]: "not_ready",
  [Code.WRONG_CLUSTER]: "wrong_cluster",
  [Code.INTERNAL]: "internal",
  [Code.NOT_PRIMARY]: "unavailable",
};

/** What a node or the way to it said, as the end of a command. */
export function cliError(error: Failure): CliError {
  const { code, message, required, received, retryAfterMs, operationId } = error;
  return new CliError(codes[code] ?? "internal", message, {
    ...(required > 0 ? { required, received } : {}),
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    ...(operationId.length > 0 ? { operationId: toHex(operationId) } : {}),
  });
}
