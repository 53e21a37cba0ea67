import { type Clock, RecentPeak, type Timer, type Timers } from "@coterie/core";
import type { CommitResult } from "@coterie/shard-engine";

export interface StrainParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** This process or its disk stood still for so long: it is to doubt itself before others. */
  readonly onLag: (lagMs: number) => void;
  /** The node became degraded, or is no longer (undefined). */
  readonly onChange: (reason: string | undefined) => void;
}

const SAMPLE_MS = 250;
/** A stall shows for this long, to twice as long. */
const WINDOW_MS = 2_500;
/** From here on the node says of itself that it is degraded. Lower cries wolf on a busy machine. */
const LOOP_DEGRADED_MS = 500;
const DISK_DEGRADED_MS = 1_000;
/** Shorter stalls are what every process has. */
const NOTABLE_MS = 100;

/**
 * What this node notices of its own slowness: how late its timers fire (a blocked or paused event loop) and
 * how long commits take (one is followed at a time, so that it costs a commit little and a hanging disk
 * shows before it answers). A node that knows it is slow doubts itself rather than accuse others
 * [Lifeguard §IV.A], says so, and takes in less.
 */
export class Strain {
  readonly #parts: StrainParts;
  readonly #loop = new RecentPeak(WINDOW_MS);
  readonly #disk = new RecentPeak(WINDOW_MS);
  #timer: Timer | undefined;
  #commitBeganMs: number | undefined;
  #degraded: string | undefined;
  #stopped = false;

  constructor(parts: StrainParts) {
    this.#parts = parts;
  }

  start(): void {
    if (!this.#stopped) this.#sample();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Why the node is slow at present, a sentence; undefined: it is not. */
  get degraded(): string | undefined {
    return this.#degraded;
  }

  /** The longest that the event loop or a commit took lately, milliseconds. */
  get slownessMs(): number {
    const nowMs = this.#parts.clock.monotonicMs();
    return Math.max(this.#loop.at(nowMs), this.#diskMs(nowMs));
  }

  /** A write was handed to a shard. */
  commits(committed: Promise<CommitResult>): void {
    if (this.#commitBeganMs !== undefined) return;
    const { clock } = this.#parts;
    this.#commitBeganMs = clock.monotonicMs();
    void committed.then(() => {
      const nowMs = clock.monotonicMs();
      this.#disk.note(nowMs - this.#commitBeganMs!, nowMs);
      this.#commitBeganMs = undefined;
    });
  }

  #diskMs(nowMs: number): number {
    const pendingMs = this.#commitBeganMs === undefined ? 0 : nowMs - this.#commitBeganMs;
    return Math.max(pendingMs, this.#disk.at(nowMs));
  }

  #sample(): void {
    const { clock, timers } = this.#parts;
    const dueMs = clock.monotonicMs() + SAMPLE_MS;
    this.#timer = timers.after(SAMPLE_MS, () => {
      const nowMs = clock.monotonicMs();
      this.#judge(Math.max(0, nowMs - dueMs), nowMs);
      this.#sample();
    });
  }

  #judge(lagMs: number, nowMs: number): void {
    const { onLag, onChange } = this.#parts;
    this.#loop.note(lagMs, nowMs);
    // A commit that waits for this very event loop is no news of the disk.
    if (lagMs > NOTABLE_MS) {
      if (this.#commitBeganMs !== undefined) this.#commitBeganMs += lagMs;
      onLag(lagMs);
    }
    const loopMs = this.#loop.at(nowMs);
    const diskMs = this.#diskMs(nowMs);
    const was = this.#degraded;
    if (diskMs >= DISK_DEGRADED_MS) {
      onLag(SAMPLE_MS);
      this.#degraded = `its disk takes ${Math.round(diskMs)} ms to commit`;
    } else if (loopMs >= LOOP_DEGRADED_MS) {
      this.#degraded = `its event loop stood still for ${Math.round(loopMs)} ms`;
    } else {
      this.#degraded = undefined;
    }
    if ((was === undefined) !== (this.#degraded === undefined)) onChange(this.#degraded);
  }
}
