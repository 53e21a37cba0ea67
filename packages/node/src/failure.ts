import { create } from "@bufbuild/protobuf";
import { fromHex } from "@coterie/core";
import { type Error_Code, type Error as Failure, ErrorSchema } from "@coterie/wire";

export type { Failure };

/** What may stand beside the code and the sentence of a failure. */
export interface FailureDetail {
  required?: number;
  received?: number;
  retryAfterMs?: number;
  /** 32 hexadecimal digits. */
  operationId?: string;
}

/** A refusal as the wire carries it. `message` is a sentence that says what failed and what to do. */
export function failure(code: Error_Code, message: string, detail: FailureDetail = {}): Failure {
  const { operationId, ...numbers } = detail;
  return create(ErrorSchema, {
    code,
    message,
    ...numbers,
    ...(operationId === undefined ? {} : { operationId: fromHex(operationId) ?? new Uint8Array() }),
  });
}
