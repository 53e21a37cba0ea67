import type { RefusalReason } from "./commands.ts";

/** A refusal before the engine has counted it and added its epoch. */
export interface Refusal {
  readonly type: "refusal";
  readonly reason: RefusalReason;
  readonly detail: string;
}

export function refusal(reason: RefusalReason, detail: string): Refusal {
  return { type: "refusal", reason, detail };
}
