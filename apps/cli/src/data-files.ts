import { StorageError } from "@coterie/storage-node";
import { CliError } from "./cli-error.ts";

/** Does something to the files of a node that does not run; what goes wrong becomes a `CliError`. */
export async function onDataFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError) throw new CliError("storage", error.message);
    throw error;
  }
}
