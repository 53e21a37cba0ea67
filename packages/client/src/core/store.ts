import {
  type Clock,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
  toHex,
} from "@coterie/core";
import type { LinkLimits } from "@coterie/peer-session";
import { BucketMode } from "@coterie/wire";
import { BucketCalls } from "./bucket-calls.ts";
import { BucketGuard } from "./bucket-guard.ts";
import type { BucketInfo, BucketOptions, Merge } from "./bucket-options.ts";
import { Calls } from "./calls.ts";
import { ClusterView } from "./cluster-view.ts";
import { CoterieError } from "./coterie-error.ts";
import { KeyValue } from "./key-value.ts";
import { MergedBucket } from "./merged-bucket.ts";
import type { ClientDialer } from "./node-link.ts";
import { RawBucket } from "./raw-bucket.ts";
import { SiblingBucket } from "./sibling-bucket.ts";
import { ValueCodec } from "./value-codec.ts";

/** What a store may be told; all of it has defaults. */
export interface StoreOptions {
  /** Deadline of calls that name none. Default 5000 ms. */
  readonly timeoutMs?: number;
  /** How long opening waits for the first node to answer. Default 5000 ms. */
  readonly connectTimeoutMs?: number;
  /** Calls at once; one more is refused as `OVERLOADED`. More takes more memory when the cluster is slow. Default 4096. */
  readonly callsMax?: number;
  /** Shown in the nodes' logs. */
  readonly name?: string;
  /** Bounds and times of each session. */
  readonly limits?: Partial<LinkLimits>;
}

/** The world, where it is not the machine's own. */
export interface StorePorts {
  readonly dialer: ClientDialer;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: Random;
}

/** Shorter silences than nodes grant one another: a client has somewhere else to go. */
const LINK_LIMITS: Partial<LinkLimits> = { silenceMs: 2_500, connectTimeoutMs: 1_000 };

/**
 * Opens a cluster over any transport. `addresses` are of some nodes; the others are learnt from them.
 * Rejects with a `CoterieError` when none of them answers in time.
 */
export async function openStore(
  addresses: readonly string[],
  ports: StorePorts,
  options: StoreOptions = {},
): Promise<Store> {
  if (addresses.length === 0) {
    throw new CoterieError(
      "INVALID",
      "no address of a node is given: pass host:port, or several with commas",
    );
  }
  const store = new Store(addresses, ports, options);
  try {
    await store.ready(options.connectTimeoutMs ?? 5_000);
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}

/** A cluster that is open: gives buckets. Holds one session to each node until `close`. */
export class Store implements AsyncDisposable {
  readonly #view: ClusterView;
  readonly #calls: Calls;
  readonly #keyValue: KeyValue;
  readonly #guard: BucketGuard;

  /** Use `openStore`, or `connect`. */
  constructor(
    seeds: readonly string[],
    { dialer, clock = systemClock, timers = systemTimers, random = systemRandom }: StorePorts,
    { timeoutMs = 5_000, callsMax = 4_096, name = "client", limits = {} }: StoreOptions,
  ) {
    const ports = { dialer, clock, timers, random };
    this.#view = new ClusterView({ ...ports, seeds, name, limits: { ...LINK_LIMITS, ...limits } });
    this.#calls = new Calls({ ...ports, view: this.#view, callsMax });
    this.#keyValue = new KeyValue(this.#calls, this.#view, random, timeoutMs);
    this.#guard = new BucketGuard(this.#calls, this.#view, timeoutMs);
  }

  /** Resolves when a node has told where keys live. `openStore` has waited for it. */
  ready(timeoutMs: number): Promise<void> {
    return this.#view.open(timeoutMs);
  }

  /**
   * A bucket's typed calls. Nothing is asked of the cluster yet: the bucket's first call makes it if it does
   * not exist, and fails with `MODE_MISMATCH` when its nodes settle conflicts in another way.
   */
  bucket(
    name: string,
    options: BucketOptions<Uint8Array> & { encoding: "bytes"; merge: Merge<Uint8Array> },
  ): MergedBucket<Uint8Array>;
  bucket(
    name: string,
    options: BucketOptions<Uint8Array> & { encoding: "bytes"; merge?: undefined },
  ): SiblingBucket<Uint8Array>;
  bucket(
    name: string,
    options: BucketOptions<string> & { encoding: "utf8"; merge: Merge<string> },
  ): MergedBucket<string>;
  bucket(
    name: string,
    options: BucketOptions<string> & { encoding: "utf8"; merge?: undefined },
  ): SiblingBucket<string>;
  bucket<T>(
    name: string,
    options: BucketOptions<T> & { encoding?: "json"; merge: Merge<T> },
  ): MergedBucket<T>;
  bucket<T>(
    name: string,
    options?: BucketOptions<T> & { encoding?: "json"; merge?: undefined },
  ): SiblingBucket<T>;
  bucket<T>(
    name: string,
    options: BucketOptions<T> & { merge?: Merge<T> | undefined } = {},
  ): SiblingBucket<T> | MergedBucket<T> {
    const { encoding = "json", schema, merge, definition = {} } = options;
    const mode = merge === "lww" ? "lww" : "siblings";
    let ready: Promise<void> | undefined;
    const calls = new BucketCalls<T>({
      bucket: name,
      keyValue: this.#keyValue,
      codec: new ValueCodec(name, encoding, schema),
      scan: { keyValue: this.#keyValue, view: this.#view },
      ready: () => {
        ready ??= this.#guard.check(name, mode, definition).catch((error) => {
          ready = undefined;
          throw error;
        });
        return ready;
      },
    });
    return merge === undefined ? new SiblingBucket(calls) : new MergedBucket(calls, merge);
  }

  /** A bucket's stored bytes. Its first write makes it, with the defaults, if it does not exist. */
  rawBucket(name: string): RawBucket {
    return new RawBucket(name, { keyValue: this.#keyValue, view: this.#view });
  }

  /** The buckets that exist, asked for now. */
  async buckets(): Promise<BucketInfo[]> {
    await this.#view.refresh();
    return [...this.#view.topology.buckets.values()].map(({ name, n, r, w, mode, ttlMs }) => ({
      name,
      n,
      r,
      w,
      mode: mode === BucketMode.LWW ? "lww" : "siblings",
      ttlMs: ttlMs === 0 ? undefined : ttlMs,
    }));
  }

  /** Which cluster this is: 32 hexadecimal digits. */
  get clusterId(): string {
    return toHex(this.#view.topology.clusterId);
  }

  /** Ends every session at once; calls under way are rejected as `CLOSED`. Idempotent. */
  close(): void {
    this.#calls.close();
    this.#view.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
