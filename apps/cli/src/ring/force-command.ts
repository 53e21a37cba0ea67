import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addClusterOptions, type ClusterOptions } from "../cluster-options.ts";
import type { Terminal } from "../terminal.ts";
import { amendChange } from "./amend-change.ts";

/** It asks a dead register first, and a slow one may still answer. */
const TIMEOUT_MS = 60_000;

const WARNING = `this is the last resort. The owners that answer will decide on the ring alone, and whatever the others decided without them is void. If an owner that you name as gone, or leave out, runs on somewhere, acknowledged writes can be lost. Make sure that it is off for good, then add --yes`;

interface ForceOptions extends ClusterOptions {
  readonly yes?: true;
}

/** `ring force`: where a majority of the owners will never answer again, or every directory was restored. */
export function defineForce(command: Command, terminal: Terminal): void {
  addClusterOptions(
    command
      .command("force")
      .summary("go on without a majority of the owners that is gone for good"),
    TIMEOUT_MS,
  )
    .argument("[gone...]", "owners that will never answer again; all others must answer")
    .option("--yes", "they are gone for good")
    .action((gone: string[], { yes, ...options }: ForceOptions) => {
      if (!yes) throw new CliError("usage", WARNING);
      return amendChange(terminal, options, { order: Order.FORCE, gone });
    });
}
