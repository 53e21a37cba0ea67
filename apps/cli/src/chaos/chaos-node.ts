import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { quarantine } from "@coterie/storage-node";
import { NodeProcess, type NodeSpec } from "../dev/node-process.ts";

export interface ChaosNodeEvents {
  /** Something worth a line in the story. */
  note(node: string, what: string): void;
  /** A process that served has ended by itself. */
  fell(node: string, reason: string): void;
}

const AGAIN_MS = 500;

/**
 * A machine: its directory outlives its processes. While it is wanted up, a process that cannot start is
 * tried again, and files that it refuses as damaged are put aside, as an operator would.
 */
export class ChaosNode {
  readonly spec: NodeSpec;
  /** Its machine: in the network nodes go by this. */
  readonly place: string;
  readonly #process: NodeProcess;
  readonly #events: ChaosNodeEvents;
  readonly #beginning: () => readonly string[];
  #wanted = false;
  #retired = false;
  #timer: NodeJS.Timeout | undefined;

  /** `beginning`: what a start is to be told of the cluster. */
  constructor(
    place: string,
    spec: NodeSpec,
    beginning: () => readonly string[],
    events: ChaosNodeEvents,
  ) {
    this.place = place;
    this.spec = spec;
    this.#beginning = beginning;
    this.#events = events;
    this.#process = new NodeProcess(spec, {
      serving: () => events.note(spec.id, "serves"),
      died: (_, reason, wasServing) => {
        if (wasServing) events.fell(spec.id, reason);
        else events.note(spec.id, `cannot start: ${reason}`);
        void this.#after(reason);
      },
    });
  }

  get id(): string {
    return this.spec.id;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isUp(): boolean {
    return this.#wanted && this.#process.isServing;
  }

  /** Whether it is meant to run. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  /** It is not started again: operators gave it up. */
  retire(): void {
    this.#retired = true;
  }

  get isRetired(): boolean {
    return this.#retired;
  }

  start(): void {
    if (this.#retired) return;
    this.#wanted = true;
    clearTimeout(this.#timer);
    if (this.#process.pid === undefined) this.#process.start(this.#beginning());
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#timer);
    await this.#process.stop(signal);
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.signal(signal);
  }

  /** Its disk is gone; the next start finds an empty directory. Only while it does not run. */
  wipe(): void {
    const { dataDirectory } = this.spec;
    // Not the directory itself, which may be where a file system is mounted.
    for (const name of readdirSync(dataDirectory)) {
      rmSync(join(dataDirectory, name), { recursive: true });
    }
  }

  /** What an operator does about damaged files. Only while it does not run. Returns what was done. */
  async putDamagedAside(): Promise<string> {
    const { shards } = await quarantine(this.spec.dataDirectory);
    return `has ${shards.length} damaged files put aside`;
  }

  async #after(reason: string): Promise<void> {
    if (reason.includes("coterie quarantine")) {
      this.#events.note(this.id, await this.putDamagedAside());
    }
    if (!this.#wanted) return;
    this.#timer = setTimeout(() => this.start(), AGAIN_MS);
  }
}
