import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { V8_FLAGS } from "@coterie/storage-node/v8-flags";
import type { NodeMessage } from "../supervisor.ts";

export interface NodeSpec {
  readonly id: string;
  readonly address: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Where the others reach it, when that is not its own address. */
  readonly advertise?: string;
  /** A program that runs the node's: `ip netns exec …`. */
  readonly launcher?: readonly string[];
}

export interface NodeProcessEvents {
  serving(node: NodeProcess): void;
  /** It ended although nobody asked it to. `reason`: what it said before, or how it ended. */
  died(node: NodeProcess, reason: string, wasServing: boolean): void;
}

const STOP_MS = 10_000;

/** What a node of a local cluster is told on its command line; the environment must not say otherwise. */
const ownSettings = /^COTERIE_(LISTEN|ADVERTISE|DATA|ID|INIT|JOIN|OWNERS|CONFIG)$/;

/** One node of a local cluster: an operating system process, started as often as need be. */
export class NodeProcess {
  readonly spec: NodeSpec;
  readonly #events: NodeProcessEvents;
  #child: ChildProcess | undefined;
  #serving = false;
  #stopping = false;

  constructor(spec: NodeSpec, events: NodeProcessEvents) {
    this.spec = spec;
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isServing(): boolean {
    return this.#serving;
  }

  /** `beginning`: what follows `coterie node --listen … --data … --id …`. */
  start(beginning: readonly string[]): void {
    const log = openSync(this.spec.logFile, "a");
    const own = [...thisCommand(), ...nodeArguments(this.spec), ...beginning];
    const [program, ...args] = [...(this.spec.launcher ?? []), ...own];
    const child = spawn(program!, args, {
      // A group of its own: Ctrl-C reaches us alone, and we stop the nodes in good order.
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
      env: environment(),
    });
    closeSync(log);
    this.#child = child;
    this.#serving = false;
    this.#stopping = false;
    let said: string | undefined;
    child.on("message", (message: NodeMessage) => {
      if (message.type === "failed") {
        said = message.reason;
        return;
      }
      this.#serving = true;
      this.#events.serving(this);
    });
    child.once("error", (error) => {
      said ??= `it could not be started: ${error.message}`;
    });
    child.once("close", (code, signal) => {
      const wasServing = this.#serving;
      this.#child = undefined;
      this.#serving = false;
      if (this.#stopping) return;
      this.#events.died(this, said ?? ending(code, signal), wasServing);
    });
  }

  /** Lets it feel a signal that does not end it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }

  /** Asks it to end, or kills it, and waits; what does not end by itself is killed after a while. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined) return;
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await closed;
    clearTimeout(timer);
  }
}

export function nodeArguments({ id, address, advertise, dataDirectory }: NodeSpec): string[] {
  const elsewhere = advertise === undefined ? [] : ["--advertise", advertise];
  return ["node", "--id", id, "--listen", address, ...elsewhere, "--data", dataDirectory];
}

/** This very program, with the flags that `bin/coterie` gives it. */
function thisCommand(): string[] {
  return [process.execPath, ...V8_FLAGS, process.argv[1]!];
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ownSettings.test(name));
  return Object.fromEntries(kept);
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
}
