import process from "node:process";

/** What a node tells the `coterie dev` that runs it. */
export type NodeMessage =
  | {
      readonly type: "serving";
      readonly id: string;
      readonly pid: number;
      readonly address: string;
    }
  | { readonly type: "failed"; readonly reason: string };

/** One Ctrl-C may arrive several times: from the terminal, and from each program that passes it on. */
const PATIENCE_MS = 2_000;

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Whoever runs this process: by signals, and, where a parent opened an IPC channel, by that channel. When
 * the parent dies the channel closes, and a node of a local cluster does not outlive its cluster.
 */
export class Supervisor {
  /** Resolves, once, to what asked for the end. A signal that comes again later ends the process at once. */
  readonly stopAsked: Promise<string>;
  #askedMs: number | undefined;
  #ask!: (why: string) => void;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#askedMs === undefined) this.#stop(signal);
    else if (performance.now() - this.#askedMs > PATIENCE_MS) process.exit(130);
  };
  readonly #onDisconnect = (): void => this.#stop("the process that runs this node is gone");

  constructor() {
    this.stopAsked = new Promise((resolve) => {
      this.#ask = resolve;
    });
    for (const signal of signals) process.on(signal, this.#onSignal);
    process.once("disconnect", this.#onDisconnect);
  }

  get isStopAsked(): boolean {
    return this.#askedMs !== undefined;
  }

  tell(message: NodeMessage): void {
    if (process.connected) process.send?.(message);
  }

  /** Gives signals back to their defaults. */
  leave(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
    process.off("disconnect", this.#onDisconnect);
    if (process.connected) process.disconnect();
  }

  #stop(why: string): void {
    this.#askedMs ??= performance.now();
    this.#ask(why);
  }
}
