import { type GetRequest, get, type ReadTools } from "./get.ts";
import { HedgeBudget, type HedgeOptions } from "./hedge.ts";
import type { GetOutcome, PutOutcome } from "./outcomes.ts";
import { Patience } from "./patience.ts";
import type { Ports } from "./ports.ts";
import { type PutRequest, put, type WriteTools } from "./put.ts";
import { ReadRepair, type ReadRepairOptions } from "./read-repair.ts";
import { SharedReads } from "./shared-reads.ts";
import { StagedRows } from "./staged-rows.ts";

/** What an operator may tune; every number has a default. */
export interface CoordinatorOptions {
  /**
   * How long copies of a write go on after its caller was answered, 10,000 ms by default. More bridges
   * longer stalls without a hint; less frees memory sooner when a replica is away.
   */
  readonly replicationTimeoutMs?: number;
  /** By default 0.1 hedges a read, 10 at once. */
  readonly hedge?: Partial<HedgeOptions>;
  /** By default after 50 ms, 16 at once, 1,000 waiting, 5,000 ms for each. */
  readonly readRepair?: Partial<ReadRepairOptions>;
}

/**
 * Leads the requests of one node (Dynamo §4.5). It keeps no state of a request beyond that request,
 * any number may be under way, and any node may lead any of them.
 */
export class Coordinator {
  readonly #ports: Ports;
  readonly #tools: ReadTools & WriteTools;
  readonly #reads: SharedReads;

  constructor(ports: Ports, options: CoordinatorOptions = {}) {
    this.#ports = ports;
    this.#tools = {
      stagedRows: new StagedRows(),
      replicationTimeoutMs: options.replicationTimeoutMs ?? 10_000,
      hedges: new HedgeBudget({ ratio: 0.1, burst: 10, ...options.hedge }),
      patience: new Patience(ports),
      repairs: new ReadRepair(ports, {
        delayMs: 50,
        concurrency: 16,
        queueMax: 1_000,
        timeoutMs: 5_000,
        ...options.readRepair,
      }),
    };
    this.#reads = new SharedReads(ports.timers, (request, settle) =>
      get(ports, this.#tools, request, settle),
    );
  }

  /** Writes; a delete is a put of a tombstone. Always resolves, by the request's deadline. */
  put(request: PutRequest): Promise<PutOutcome> {
    return put(this.#ports, this.#tools, request);
  }

  /** Reads; gets of one key at once share reads. Always resolves, by the request's deadline. */
  get(request: GetRequest): Promise<GetOutcome> {
    return new Promise((resolve) => this.#reads.get(request, resolve));
  }

  /** No request is under way any more, and none will come: no timer is left. */
  stop(): void {
    this.#tools.patience.stop();
  }

  /** Sums since the start. */
  get counts(): CoordinatorCounts {
    const { hedges, repairs } = this.#tools;
    return {
      reads: this.#reads.sent,
      readsShared: this.#reads.shared,
      hedges: hedges.sent,
      hedgesWithheld: hedges.withheld,
      repairs: repairs.counts.sent,
      repairsDropped: repairs.counts.dropped,
    };
  }
}

/** What a coordinator did beside answering. */
export interface CoordinatorCounts {
  /** Reads that were carried out. */
  readonly reads: number;
  /** Gets beside them that the read of another answered. */
  readonly readsShared: number;
  /** Reads sent to one more replica because another was slow. */
  readonly hedges: number;
  /** Hedges that the budget did not allow. */
  readonly hedgesWithheld: number;
  /** Merges sent to replicas that a read found stale. */
  readonly repairs: number;
  /** Repairs left to anti-entropy because too many waited. */
  readonly repairsDropped: number;
}
