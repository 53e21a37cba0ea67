import { create } from "@bufbuild/protobuf";
import { type Error_Code, ErrorSchema, type Error as Failure } from "@coterie/wire";

export type { Failure };

/** What may stand beside the code and the sentence of a failure. */
export interface FailureDetail {
  required?: number;
  received?: number;
  retryAfterMs?: number;
  /** 16 bytes. */
  operationId?: Uint8Array;
}

/** A refusal as the wire carries it. `message` is a sentence that says what failed and what to do. */
export function failure(code: Error_Code, message: string, detail: FailureDetail = {}): Failure {
  return create(ErrorSchema, { code, message, ...detail });
}

/** Tells a failure from the response of the same call. */
export function isFailure(message: { readonly $typeName: string }): message is Failure {
  return message.$typeName === "coterie.v1.Error";
}

/** What was thrown, for a log. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
