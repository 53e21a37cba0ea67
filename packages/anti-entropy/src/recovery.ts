import type { Timer } from "@coterie/core";
import { recoverPartition } from "./partition-recovery.ts";
import type { RecoveryPorts } from "./ports.ts";

export interface RecoveryOptions {
  /** Between two rounds over what is recovering, milliseconds; 2,000 by default. */
  readonly intervalMs?: number;
  /** After each round that found something to do. */
  readonly onRound?: (round: RecoveryRound) => void;
}

/** What one round over the recovering partitions came to. */
export interface RecoveryRound {
  readonly recovered: number;
  readonly blocked: number;
  /** Rows that were missing here and came from another. */
  readonly fetched: number;
  /** Who or what stands in the way, of the first partition that is blocked. */
  readonly blockers: readonly string[];
}

/**
 * Fills recovering partitions, one after the other, round after round until none is left. One partition
 * and one source at a time: it is a reader beside the clients, not before them.
 */
export class Recovery {
  readonly #ports: RecoveryPorts;
  readonly #intervalMs: number;
  readonly #onRound: (round: RecoveryRound) => void;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(ports: RecoveryPorts, options: RecoveryOptions = {}) {
    this.#ports = ports;
    this.#intervalMs = options.intervalMs ?? 2_000;
    this.#onRound = options.onRound ?? (() => {});
  }

  start(): void {
    this.#timer = this.#ports.timers.after(this.#intervalMs, () => void this.#round());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const round = { recovered: 0, blocked: 0, fetched: 0, blockers: [] as readonly string[] };
    for (const partition of await this.#ports.recovering()) {
      if (this.#stopped) return;
      const outcome = await recoverPartition(this.#ports, partition, () => this.#stopped);
      round.fetched += outcome.fetched;
      if (outcome.type === "recovered") round.recovered++;
      else {
        round.blocked++;
        if (round.blocked === 1) round.blockers = outcome.blockers;
      }
    }
    if (this.#stopped) return;
    if (round.recovered + round.blocked > 0) this.#onRound(round);
    this.start();
  }
}
