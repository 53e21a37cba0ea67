import type { NodeId, Timer } from "@coterie/core";
import type { ComparePorts } from "./compare-ports.ts";
import { type Compared, type Comparison, compareReplicas } from "./compare-replicas.ts";

/** Within which every partition is compared with every other replica, milliseconds. */
export const INTERVAL_MS = 600_000;

export interface AntiEntropyOptions {
  /** Within this time every partition is compared with every replica, milliseconds; 600,000 by default. Less costs more. */
  readonly intervalMs?: number;
  /** See `CompareOptions`; 6,000 by default: a coordinator tries to reach a replica for 5 s. */
  readonly settleMs?: number;
  readonly onCompared?: (compared: Compared) => void;
}

export interface AntiEntropyPorts extends ComparePorts {
  /** How many partitions there are; 0 before there is a ring. */
  readonly partitions: () => number;
  /**
   * The comparisons of one partition. Of two replicas one compares in the schedule, so that nothing is done
   * twice; on demand (`all`) this node compares with every other.
   */
  readonly comparisons: (partition: number, all: boolean) => readonly Comparison[];
  /** This node is slow already: the schedule waits, and its age says so. */
  readonly isStrained: () => boolean;
}

/** What a node has done to make replicas agree since it started. */
export interface AntiEntropyProgress {
  /** Comparisons that ended with both replicas alike, and those that could not be made. */
  readonly compared: number;
  readonly failed: number;
  /** Trees that differed for longer than a write is on its way. */
  readonly differed: number;
  readonly pulled: number;
  readonly pushed: number;
  /** Why the last one failed that did, a sentence; undefined: the last comparison succeeded. */
  readonly lastFailure: string | undefined;
}

/** A repair on demand. */
export interface RepairRequest {
  /** Undefined: all. */
  readonly partition?: number;
  /** Only trees of this N; undefined: all. */
  readonly n?: number;
  /** Comparisons with every other replica, not only with those that are this node's to make. */
  readonly all: boolean;
}

const SLICES_MAX = 60;
/** Comparisons of a repair that share one wait for writes on their way. */
const REPAIR_COMPARISONS = 4096;

/**
 * Goes over the partitions of this node round after round, a sixtieth of them at a time, and compares each with
 * the other replicas. What takes longer than its share of the interval delays what follows, and shows as age.
 */
export class AntiEntropy {
  readonly #ports: AntiEntropyPorts;
  readonly #intervalMs: number;
  readonly #settleMs: number;
  readonly #onCompared: (compared: Compared) => void;
  readonly #beganMs: number;
  /** When a tree was last known to be alike at both, by peer, partition and N; monotonic milliseconds. */
  readonly #agreedMs = new Map<string, number>();
  #progress: AntiEntropyProgress = {
    compared: 0,
    failed: 0,
    differed: 0,
    pulled: 0,
    pushed: 0,
    lastFailure: undefined,
  };
  #slice = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(ports: AntiEntropyPorts, options: AntiEntropyOptions = {}) {
    this.#ports = ports;
    this.#intervalMs = options.intervalMs ?? INTERVAL_MS;
    this.#settleMs = options.settleMs ?? 6_000;
    this.#onCompared = options.onCompared ?? (() => {});
    this.#beganMs = ports.clock.monotonicMs();
  }

  get progress(): AntiEntropyProgress {
    return this.#progress;
  }

  /** How long ago the comparison of this node that is most overdue last found both replicas alike. */
  get oldestMs(): number {
    const nowMs = this.#ports.clock.monotonicMs();
    let oldestMs = nowMs;
    for (let partition = 0; partition < this.#ports.partitions(); partition++) {
      for (const comparison of this.#ports.comparisons(partition, false)) {
        const agreedMs = this.#agreedMs.get(nameOf(comparison)) ?? this.#beganMs;
        if (agreedMs < oldestMs) oldestMs = agreedMs;
      }
    }
    return nowMs - oldestMs;
  }

  start(): void {
    this.#await(this.#sliceMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Compares and repairs now. `onCompared` is told of each comparison; returns how many there were. */
  async repair(
    request: RepairRequest,
    onBegun: (comparisons: number) => void,
    onCompared: (compared: Compared) => void,
  ): Promise<void> {
    const { partition, n, all } = request;
    const partitions = this.#ports.partitions();
    const asked =
      partition === undefined ? Array.from({ length: partitions }, (_, p) => p) : [partition];
    const comparisons = asked
      .flatMap((p) => this.#ports.comparisons(p, all))
      .filter((comparison) => n === undefined || comparison.n === n);
    onBegun(comparisons.length);
    for (let at = 0; at < comparisons.length && !this.#stopped; at += REPAIR_COMPARISONS) {
      await this.#compare(comparisons.slice(at, at + REPAIR_COMPARISONS), onCompared);
    }
  }

  #await(ms: number): void {
    this.#timer = this.#ports.timers.after(ms, () => void this.#round());
  }

  async #round(): Promise<void> {
    if (this.#ports.isStrained()) {
      this.#await(this.#sliceMs);
      return;
    }
    const begunMs = this.#ports.clock.monotonicMs();
    const partitions = this.#ports.partitions();
    const from = Math.floor((this.#slice * partitions) / this.#slices);
    const to = Math.floor(((this.#slice + 1) * partitions) / this.#slices);
    this.#slice = (this.#slice + 1) % this.#slices;
    const comparisons: Comparison[] = [];
    for (let p = from; p < to; p++) comparisons.push(...this.#ports.comparisons(p, false));
    await this.#compare(comparisons, () => {});
    if (this.#stopped) return;
    const tookMs = this.#ports.clock.monotonicMs() - begunMs;
    this.#await(Math.max(0, this.#sliceMs - tookMs));
  }

  get #slices(): number {
    return Math.max(1, Math.min(SLICES_MAX, this.#ports.partitions()));
  }

  get #sliceMs(): number {
    return this.#intervalMs / this.#slices;
  }

  #compare(
    comparisons: readonly Comparison[],
    onCompared: (compared: Compared) => void,
  ): Promise<void> {
    return compareReplicas(this.#ports, comparisons, {
      settleMs: this.#settleMs,
      isStopped: () => this.#stopped,
      onCompared: (compared) => {
        this.#count(compared);
        this.#onCompared(compared);
        onCompared(compared);
      },
    });
  }

  #count({ comparison, failure, differed, pulled, pushed }: Compared): void {
    const was = this.#progress;
    if (failure === undefined) {
      this.#agreedMs.set(nameOf(comparison), this.#ports.clock.monotonicMs());
    }
    this.#progress = {
      compared: was.compared + (failure === undefined ? 1 : 0),
      failed: was.failed + (failure === undefined ? 0 : 1),
      differed: was.differed + (differed ? 1 : 0),
      pulled: was.pulled + pulled,
      pushed: was.pushed + pushed,
      lastFailure: failure && `${comparison.peer}: ${failure}`,
    };
  }
}

function nameOf({ peer, partition, n }: { peer: NodeId; partition: number; n: number }): string {
  return `${partition}/${n}/${peer}`;
}
