import { fromHex, type Random, randomBytes, toHex } from "@coterie/core";
import type { WriteOptions } from "./call-options.ts";
import { CoterieError } from "./coterie-error.ts";

const OPERATION_ID = /^[0-9a-fA-F]{32}$/;

/** What makes one write of a call and its retries. */
export interface Operation {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The caller has named it. */
  readonly isGiven: boolean;
}

/** An id that the caller gives may be that of an earlier call. */
export function operationOf({ operationId }: WriteOptions, random: Random): Operation {
  if (operationId === undefined) {
    const bytes = randomBytes(random, 16);
    return { id: toHex(bytes), bytes, isGiven: false };
  }
  if (!OPERATION_ID.test(operationId)) {
    throw new CoterieError(
      "INVALID",
      `an operationId is 32 hexadecimal digits, not "${operationId}"`,
    );
  }
  return { id: operationId.toLowerCase(), bytes: fromHex(operationId)!, isGiven: true };
}
