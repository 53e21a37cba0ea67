import { randomBytes } from "node:crypto";
import { AmendRingChangeRequest_Order as Order } from "@coterie/wire";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions, wholeNumber } from "../cluster-options.ts";
import { print, type Terminal } from "../terminal.ts";
import { type Amendment, amendChange } from "./amend-change.ts";
import { followChange } from "./follow-change.ts";
import { defineForce } from "./force-command.ts";
import { planToJson, printPlan } from "./plan-text.ts";
import { printState, stateToJson } from "./state-text.ts";
import { throttle } from "./throttle.ts";

interface ChangeOptions extends ClusterOptions {
  readonly plan?: boolean;
  readonly acceptLoss?: boolean;
  readonly throttle: number;
  readonly wait: boolean;
}

interface JoinOptions extends ChangeOptions {
  readonly zone: string;
  readonly weight: number;
}

type Change = Parameters<typeof changeRing>[2];

/** A step of the ring needs majorities of owners, each of whom may be slow. */
const STEP_TIMEOUT_MS = 30_000;

/** The subcommands of `ring` that change it, and that say how far a change is. */
export function defineChanges(command: Command, terminal: Terminal): void {
  const define = (name: string, summary: string): Command =>
    addClusterOptions(command.command(name).summary(summary), STEP_TIMEOUT_MS)
      .option("--plan", "only say what moves where, and how much")
      .option("--accept-loss", "go on where too few old owners are left to prove a copy complete")
      .option(
        "--throttle <bytes>",
        "a second, what each node that copies may fetch, such as 20MB; auto: it yields to clients",
        throttle,
        0,
      )
      .option("--no-wait", "return when it has begun");
  const act = (change: Change, options: ChangeOptions) => changeRing(terminal, options, change);
  define("join", "let members own their share")
    .argument("<node...>", "ids of nodes that were started with --join")
    .option("--zone <zone>", "what they fail together with", "")
    .option("--weight <weight>", "share of each, relative to others", wholeNumber(1, 100), 1)
    .action((nodes: string[], { zone, weight, ...options }: JoinOptions) =>
      act({ case: "join", value: { nodes, zone, weight } }, options),
    );
  define("leave", "hand over what owners hold, so that they can be stopped")
    .argument("<node...>")
    .action((nodes: string[], options: ChangeOptions) =>
      act({ case: "leave", value: { nodes } }, options),
    );
  define("replace", "let a member take the place of an owner that will not come back")
    .argument("<old>")
    .argument("<new>")
    .action((old: string, by: string, options: ChangeOptions) =>
      act({ case: "replace", value: { old, by } }, options),
    );
  define("remove", "do without nodes that will not come back; their ids are refused for ever")
    .argument("<dead...>")
    .action((nodes: string[], options: ChangeOptions) =>
      act({ case: "remove", value: { nodes } }, options),
    );
  define("weight", "change an owner's share")
    .argument("<node>")
    .argument("<weight>", "relative to others, 1 to 100", wholeNumber(1, 100))
    .action((node: string, weight: number, options: ChangeOptions) =>
      act({ case: "weigh", value: { node, weight } }, options),
    );
  defineOrders(command, terminal);
}

function defineOrders(command: Command, terminal: Terminal): void {
  const define = (name: string, summary: string): Command =>
    addClusterOptions(command.command(name).summary(summary), STEP_TIMEOUT_MS);
  const act = (options: ClusterOptions, order: Order, detail: Omit<Amendment, "order"> = {}) =>
    amendChange(terminal, options, { order, ...detail });
  define("pause", "stop copying until it is resumed").action((options: ClusterOptions) =>
    act(options, Order.PAUSE),
  );
  define("resume", "go on with a change that was paused, or that waits for nodes that are gone")
    .option("--accept-loss", "go on where too few old owners are left to prove a copy complete")
    .action((options: ChangeOptions) =>
      act(options, Order.RESUME, { acceptLoss: options.acceptLoss ?? false }),
    );
  define("throttle", "change how fast a change copies while it is on its way")
    .argument("<bytes>", "a second, for each node that copies, such as 20MB; or auto", throttle)
    .action((bytes: number, options: ClusterOptions) =>
      act(options, Order.THROTTLE, { throttle: bytes }),
    );
  define("abort", "take the change back: the old owners keep everything").action(
    (options: ClusterOptions) => act(options, Order.ABORT),
  );
  defineForce(command, terminal);
  define("status", "how far the change on its way is, and whom it waits for")
    .option("--follow", "until it is over")
    .action((options: ClusterOptions & { readonly follow?: true }) =>
      options.follow ? followChange(terminal, options) : showState(terminal, options),
    );
}

async function changeRing(
  terminal: Terminal,
  { plan: planOnly = false, acceptLoss = false, throttle: pace, wait, ...options }: ChangeOptions,
  change:
    | { case: "join"; value: { nodes: string[]; zone: string; weight: number } }
    | { case: "leave" | "remove"; value: { nodes: string[] } }
    | { case: "replace"; value: { old: string; by: string } }
    | { case: "weigh"; value: { node: string; weight: number } },
): Promise<void> {
  const id = randomBytes(8).toString("hex");
  const { plan, state } = await new Cluster(options).admin((admin, call) =>
    admin.beginRingChange({ change, acceptLoss, throttle: pace, plan: planOnly, id }, call),
  );
  if (options.json) {
    print(terminal, JSON.stringify({ plan: planToJson(plan!), ...(state && stateToJson(state)) }));
  } else {
    printPlan(terminal, plan!);
    if (state !== undefined && !wait) printState(terminal, state);
  }
  if (!planOnly && wait) await followChange(terminal, options);
}

async function showState(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const { state } = await new Cluster(options).admin((admin, call) =>
    admin.getRingChange({}, call),
  );
  if (options.json) print(terminal, JSON.stringify(stateToJson(state!)));
  else printState(terminal, state!);
}
