import type { RefusalReason } from "./commands.ts";
import { StorageError } from "./ordered-store.ts";

/** A refusal before the engine has counted it and added its epoch. */
export interface Refusal {
  readonly type: "refusal";
  readonly reason: RefusalReason;
  readonly detail: string;
}

export function refusal(reason: RefusalReason, detail: string): Refusal {
  return { type: "refusal", reason, detail };
}

export function isRefusal(result: unknown): result is Refusal {
  return (result as Refusal | undefined)?.type === "refusal";
}

/** Why a command cannot be carried out after the store failed it, or held bytes that cannot be read. */
export function storageRefusal(error: Error): Refusal {
  if (error instanceof StorageError) return refusal("storage", error.message);
  return refusal("storage", `what is stored cannot be decoded: ${error.message}`);
}
