import type { PutOptions, ReadOptions } from "./call-options.ts";
import { CoterieError } from "./coterie-error.ts";
import type { Written } from "./result.ts";

export interface UpdateOptions extends ReadOptions, PutOptions {
  /** How often to read and change again when the write was refused. Default 3. */
  readonly retries?: number | undefined;
}

/**
 * Runs a read and its write, again when nothing was written. Not after a doubt: the change would be applied
 * to what it may have made itself, and count twice.
 */
export async function updating(
  { retries = 3, operationId }: UpdateOptions,
  attempt: () => Promise<Written>,
): Promise<Written> {
  for (let left = operationId === undefined ? retries : 0; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      const refused = error instanceof CoterieError && error.code === "UNAVAILABLE";
      if (!refused || left <= 0) throw error;
    }
  }
}
