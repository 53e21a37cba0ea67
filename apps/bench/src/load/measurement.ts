import { CoterieError } from "@coterie/client";
import { Latencies } from "../latencies.ts";
import { PeerError } from "../peers/peer-error.ts";
import type { OperationKind } from "../workload.ts";

/**
 * What counts of a run: operations answered within the window, and the latencies of those that were to start in
 * it. The two differ when the store is behind: what it answers later is slow, and no throughput.
 */
export class Measurement {
  operations = 0;
  failed = 0;
  firstError: string | undefined;
  readonly errors: Record<string, number> = {};
  readonly latencies = new Map<OperationKind, Latencies>();
  readonly #fromMs: number;
  readonly #untilMs: number;

  constructor(fromMs: number, untilMs: number) {
    this.#fromMs = fromMs;
    this.#untilMs = untilMs;
  }

  succeeded(kind: OperationKind, intendedMs: number, endMs: number): void {
    if (endMs >= this.#fromMs && endMs < this.#untilMs) this.operations++;
    if (intendedMs < this.#fromMs) return;
    let latencies = this.latencies.get(kind);
    if (latencies === undefined) {
      latencies = new Latencies();
      this.latencies.set(kind, latencies);
    }
    latencies.record(endMs - intendedMs);
  }

  failedWith(error: unknown, intendedMs: number): void {
    if (intendedMs < this.#fromMs) return;
    const kind = error instanceof CoterieError || error instanceof PeerError ? error.code : "BUG";
    this.failed++;
    this.errors[kind] = (this.errors[kind] ?? 0) + 1;
    this.firstError ??= error instanceof Error ? error.message : String(error);
  }
}
