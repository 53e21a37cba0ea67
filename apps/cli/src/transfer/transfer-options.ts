import { type CallOptions, CoterieError, connect, type Store } from "@coterie/client";
import type { Command } from "commander";
import { CliError, type ErrorCode } from "../cli-error.ts";
import { clusterAddresses } from "../cluster-address.ts";
import { addClusterOptions, type ClusterOptions, wholeNumber } from "../cluster-options.ts";
import type { ConsistencyOptions } from "../consistency-options.ts";

export interface TransferOptions extends ClusterOptions, ConsistencyOptions {
  readonly concurrency: number;
}

/** What each record waits for at most; `--timeout-ms` of these commands is of a record, for a file takes what it takes. */
const RECORD_TIMEOUT_MS = 30_000;

export function addTransferOptions(command: Command): Command {
  addClusterOptions(command, RECORD_TIMEOUT_MS);
  const timeout = command.options.find(({ long }) => long === "--timeout-ms");
  if (timeout !== undefined) timeout.description = "deadline of each record, milliseconds";
  return command.option(
    "--concurrency <n>",
    "records under way at once",
    wholeNumber(1, 4_096),
    256,
  );
}

export function callOptionsOf({ level, strict, timeoutMs }: TransferOptions): CallOptions {
  return { level, timeoutMs, ...(strict === true ? { mode: "strict" } : {}) };
}

/** Opens the cluster for one command. Throws `CliError`, also where `use` threw a `CoterieError`. */
export async function withStore<T>(
  { cluster }: TransferOptions,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  try {
    await using store = await connect(clusterAddresses(cluster), { name: "coterie" });
    return await use(store);
  } catch (error) {
    throw error instanceof CoterieError ? asCliError(error) : error;
  }
}

const codes: Partial<Record<CoterieError["code"], ErrorCode>> = {
  UNAVAILABLE: "unavailable",
  IN_DOUBT: "in_doubt",
  OVERLOADED: "overloaded",
  INVALID: "invalid",
  WRONG_CLUSTER: "wrong_cluster",
};

function asCliError(error: CoterieError): CliError {
  return new CliError(codes[error.code] ?? "internal", error.message, {}, { cause: error });
}
