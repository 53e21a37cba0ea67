import type { AmendRingChangeRequest_Order } from "@coterie/wire";
import { Cluster } from "../cluster.ts";
import type { ClusterOptions } from "../cluster-options.ts";
import { print, type Terminal } from "../terminal.ts";
import { printState, stateToJson } from "./state-text.ts";

export interface Amendment {
  readonly order: AmendRingChangeRequest_Order;
  readonly acceptLoss?: boolean;
  readonly throttle?: number;
  readonly gone?: string[];
}

/** Gives one order about the ring, and shows what it is then. */
export async function amendChange(
  terminal: Terminal,
  options: ClusterOptions,
  amendment: Amendment,
): Promise<void> {
  const { state } = await new Cluster(options).admin((admin, call) =>
    admin.amendRingChange(amendment, call),
  );
  if (options.json) print(terminal, JSON.stringify(stateToJson(state!)));
  else printState(terminal, state!);
}
