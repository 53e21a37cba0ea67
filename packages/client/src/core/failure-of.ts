import { CoterieError } from "./coterie-error.ts";
import type { Request } from "./request.ts";
import type { Verdict } from "./verdict.ts";

/** Why a call came to nothing: `last` is what its last attempt came to, `doubt` whether any may have been carried out. */
export function failureOf(
  { operationId, timeoutMs }: Pick<Request, "operationId" | "timeoutMs">,
  last: Verdict | undefined,
  doubt: boolean,
): CoterieError {
  const detail = last === undefined || last.type === "done" ? `no node is known` : last.detail;
  const counts =
    last?.type === "again"
      ? {
          required: last.required,
          received: last.received,
          ...(last.code === "OVERLOADED" && { retryAfterMs: last.waitMs }),
        }
      : undefined;
  // Once an attempt is in doubt a later refusal cannot take it back.
  if (doubt) {
    return new CoterieError(
      "IN_DOUBT",
      `the write may or may not have been done (${detail}): call again with operationId "${operationId}", which is safe, or read`,
      { ...counts, operationId },
    );
  }
  if (last?.type === "final") return new CoterieError(last.code, detail, { operationId });
  const code = last?.type === "again" ? last.code : "UNAVAILABLE";
  return new CoterieError(
    code,
    `${detail} (gave up after ${timeoutMs} ms at most; nothing was done)`,
    {
      ...counts,
      operationId,
    },
  );
}
