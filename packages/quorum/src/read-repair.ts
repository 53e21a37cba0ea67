import { type NodeId, type Timer, toHex } from "@coterie/core";
import type { Era } from "@coterie/versions";
import type { Bucket } from "./bucket.ts";
import type { Ports } from "./ports.ts";

/** How eagerly reads repair what they find stale. */
export interface ReadRepairOptions {
  /**
   * Time for a write that is still on its way to arrive by itself. Less repairs sooner; more sends fewer
   * merges that change nothing.
   */
  readonly delayMs: number;
  /** Repairs under way at once. More catches up faster and takes more from the replicas' other work. */
  readonly concurrency: number;
  /** Repairs that wait. What does not fit is dropped; anti-entropy finds it later. */
  readonly queueMax: number;
  /** How long one repair may take. */
  readonly timeoutMs: number;
}

/** A primary that lacks some of a row's version set. */
export interface Repair {
  readonly node: NodeId;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  /** The merged set that a read came to, encoded. */
  readonly versions: Uint8Array;
  /** Under which it was read. */
  readonly era: Era | undefined;
}

/**
 * Read repair (Dynamo §5) in the background. A stale reply may be a write in flight and no damage (trap
 * 18), so a repair waits a little; merging is idempotent and a replica that has caught up writes
 * nothing, so the merge is its own recheck. One row on one node waits once.
 */
export class ReadRepair {
  readonly #ports: Ports;
  readonly #options: ReadRepairOptions;
  /** In order of `dueMs`: the delay is the same for all. */
  readonly #waiting = new Map<string, Repair & { readonly dueMs: number }>();
  #timer: Timer | undefined;
  #underWay = 0;
  #sent = 0;
  #dropped = 0;

  constructor(ports: Ports, options: ReadRepairOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Repairs sent, and dropped because too many waited; since the start. */
  get counts(): { readonly sent: number; readonly dropped: number } {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  add(repair: Repair): void {
    const key = `${repair.node} ${toHex(repair.row)}`;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined && this.#waiting.size >= this.#options.queueMax) {
      this.#dropped++;
      return;
    }
    const dueMs = waiting?.dueMs ?? this.#ports.clock.monotonicMs() + this.#options.delayMs;
    const { node, row, bucket, versions, era } = repair;
    this.#waiting.set(key, { node, row, bucket, versions, era, dueMs });
    this.#pump();
  }

  #pump(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    for (const [key, repair] of this.#waiting) {
      if (this.#underWay >= this.#options.concurrency) return;
      if (repair.dueMs > nowMs) {
        this.#wakeIn(repair.dueMs - nowMs);
        return;
      }
      this.#waiting.delete(key);
      this.#send(repair);
    }
  }

  #wakeIn(delayMs: number): void {
    this.#timer ??= this.#ports.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#pump();
    });
  }

  #send({ node, row, bucket, versions, era }: Repair): void {
    const { replicas, clock } = this.#ports;
    const { epoch, writeGroups } = replicas.placement(row, bucket);
    if (!writeGroups.some((group) => group.includes(node))) return;
    this.#underWay++;
    this.#sent++;
    const done = (): void => {
      this.#underWay--;
      this.#pump();
    };
    const deadlineMs = clock.monotonicMs() + this.#options.timeoutMs;
    const options = { epoch, deadlineMs, repair: true, ...(era === undefined ? {} : { era }) };
    replicas.merge(node, row, versions, bucket, options).then(done, done);
  }
}
