import type { Timer } from "@coterie/core";
import type { Hint } from "./hint.ts";
import type { HandoffPorts } from "./ports.ts";

export interface HintDrainerOptions {
  /**
   * A pass over the hints at least this often, milliseconds; 10,000 by default. It is only for what no
   * nudge told of: a shorter one finds it sooner and reads more.
   */
  readonly intervalMs?: number;
  /**
   * The rest after a pass in which a primary that can be reached did not take a hint, and after `expect`; it
   * doubles from pass to pass, up to `intervalMs`. 500 by default.
   */
  readonly retryMs?: number;
  /** After each pass that found hints. */
  readonly onPass?: (report: DrainReport) => void;
  /** Hints on their way at once, 16 by default: more drains sooner and leaves less to clients' requests. */
  readonly concurrency?: number;
}

/** What a pass came to. */
export interface DrainReport {
  /** Hints that every primary has durable now, and that are gone here. */
  readonly drained: number;
  /** Hints that some primary could not take yet. */
  readonly waiting: number;
}

const SLICE = 128;

/**
 * Brings hints home (Dynamo §4.6): one pass after the other over all that are kept, each hint to every
 * primary of its row that can be reached, and away only when all of them have it durable.
 *
 * Invariants: (1) one pass at a time, so hints are drained with bounded concurrency; (2) a hint goes only
 * after the durable word of every current primary, whoever it was meant for; (3) nothing is kept in
 * memory between passes, so a crash of either side costs a repetition, which merging makes harmless.
 */
export class HintDrainer {
  readonly #ports: HandoffPorts;
  readonly #intervalMs: number;
  readonly #retryMs: number;
  readonly #concurrency: number;
  readonly #onPass: (report: DrainReport) => void;
  #timer: Timer | undefined;
  /** The rest before the next pass, when there is reason to make it soon. */
  #soonMs: number | undefined;
  #hasReason = false;
  #running: Promise<DrainReport> | undefined;
  /** Somebody asked for a pass that starts after now. */
  #again = false;
  #stopped = false;

  constructor(ports: HandoffPorts, options: HintDrainerOptions = {}) {
    this.#ports = ports;
    this.#intervalMs = options.intervalMs ?? 10_000;
    this.#retryMs = Math.min(options.retryMs ?? 500, this.#intervalMs);
    this.#concurrency = options.concurrency ?? 16;
    this.#onPass = options.onPass ?? (() => {});
  }

  start(): void {
    this.#rest();
  }

  /** No further pass; the one under way ends after the deliveries that it has begun. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A hint was kept for one that can be reached: a pass is due soon, with those that are kept meanwhile. */
  expect(): void {
    if (this.#running !== undefined) this.#hasReason = true;
    if (this.#stopped || this.#running !== undefined || this.#soonMs !== undefined) return;
    this.#soonMs = this.#retryMs;
    this.#timer?.cancel();
    this.#rest();
  }

  /** A primary came back: worth a pass now. */
  nudge(): void {
    if (this.#stopped) return;
    if (this.#running === undefined) void this.#pass();
    else this.#again = true;
  }

  /** A pass that sees every hint kept before this call: the barrier for tests and operators. */
  async drain(): Promise<DrainReport> {
    await this.#running;
    return this.#running ?? this.#pass();
  }

  #pass(): Promise<DrainReport> {
    this.#timer?.cancel();
    this.#hasReason = false;
    const pass = this.#walk().finally(() => {
      this.#running = undefined;
      if (this.#stopped) return;
      const nextMs = this.#soonMs === undefined ? this.#retryMs : 2 * this.#soonMs;
      this.#soonMs = this.#hasReason ? Math.min(nextMs, this.#intervalMs) : undefined;
      if (this.#again) {
        this.#again = false;
        void this.#pass();
      } else {
        this.#rest();
      }
    });
    this.#running = pass;
    return pass;
  }

  #rest(): void {
    this.#timer = this.#ports.timers.after(this.#soonMs ?? this.#intervalMs, () => this.nudge());
  }

  async #walk(): Promise<DrainReport> {
    const report = { drained: 0, waiting: 0 };
    let from: Uint8Array | undefined;
    do {
      const slice = await this.#ports.slice(from, SLICE);
      const queue = [...slice.hints];
      const worker = async (): Promise<void> => {
        for (let hint = queue.shift(); hint !== undefined; hint = queue.shift()) {
          if (this.#stopped) return;
          if (await this.#bringHome(hint)) report.drained++;
          else report.waiting++;
        }
      };
      await Promise.all(Array.from({ length: this.#concurrency }, worker));
      from = slice.next;
    } while (from !== undefined && !this.#stopped);
    if (report.drained + report.waiting > 0) this.#onPass(report);
    return report;
  }

  /** Whether the hint is gone. */
  async #bringHome(hint: Hint): Promise<boolean> {
    const { primaries, isReachable, deliver, drop } = this.#ports;
    const targets = primaries(hint.row);
    const { intendedFor } = hint;
    // While the one that missed it is away there is nothing to gain: the others were asked when it was kept.
    const isAway = targets.includes(intendedFor) && !isReachable(intendedFor);
    if (targets.length === 0 || isAway) return false;
    const reachable = targets.filter(isReachable);
    const deliveries = await Promise.all(reachable.map((target) => deliver(target, hint)));
    if (deliveries.includes("later")) this.#hasReason = true;
    if (reachable.length < targets.length || deliveries.includes("later")) return false;
    await drop(hint);
    return true;
  }
}
