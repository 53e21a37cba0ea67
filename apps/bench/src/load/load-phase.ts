import { setTimeout as sleep } from "node:timers/promises";
import { CoterieError } from "@coterie/client";
import type { KeySpaceOptions } from "../keys/key-space.ts";
import type { BenchPlan } from "../plan.ts";
import type { LoadTarget } from "./load-target.ts";
import type { Values } from "./values.ts";

export interface LoadPhase {
  readonly target: LoadTarget;
  readonly values: Values;
  readonly share: Pick<KeySpaceOptions, "records" | "process" | "processes">;
  /** Writes at once. */
  readonly concurrency: number;
  /** The bucket is new: nothing has to be read before it is written. */
  readonly isNew: boolean;
  readonly onProgress: (records: number) => void;
}

/** For one write or read. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 100;
/** Of all processes: more at once would load no faster. */
const WRITES_MAX = 256;
/** The same for large values: links bound what they hold by bytes, and refuse what is above. */
const BYTES_MAX = 16 << 20;

/** How many writes one load process has under way at once, at least one. */
export function loadConcurrency({
  processes,
  fields,
  fieldBytes,
}: Pick<BenchPlan, "processes" | "fields" | "fieldBytes">): number {
  const writes = Math.min(WRITES_MAX, Math.floor(BYTES_MAX / (fields * fieldBytes)));
  return Math.max(1, Math.ceil(writes / processes));
}

/** Writes this process's share of the keys, once each. Resolves to their number; rejects when one cannot be written. */
export async function loadRecords(phase: LoadPhase): Promise<number> {
  const { target, values, share, concurrency, isNew, onProgress } = phase;
  let next = share.process;
  let written = 0;
  const writer = async (): Promise<void> => {
    for (;;) {
      const key = next;
      if (key >= share.records) return;
      next += share.processes;
      await persistently(() => {
        const value = values.next();
        return isNew ? target.insert(key, value) : target.update(key, value);
      });
      written++;
      if (written % 1000 === 0) onProgress(written);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, writer));
  return written;
}

/** Reads all keys once. */
export async function learnRecords(
  target: LoadTarget,
  records: number,
  concurrency: number,
): Promise<void> {
  const keys = Array(records).keys();
  const reader = async (): Promise<void> => {
    for (const key of keys) await persistently(() => target.read(key));
  };
  await Promise.all(Array.from({ length: concurrency }, reader));
}

/** A load that fails here and there (a busy machine, nodes that have just started) is no reason to give up a run of hours. */
async function persistently(call: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      const isOver = performance.now() - startMs > PATIENCE_MS;
      if (isOver || !(error instanceof CoterieError) || !error.retryable) throw error;
      await sleep(error.retryAfterMs ?? PAUSE_MS);
    }
  }
}
