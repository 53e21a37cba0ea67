import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import type { Bucket } from "@coterie/quorum";
import {
  BucketSchema,
  type BucketSync,
  BucketSyncSchema,
  Error_Code,
  type Bucket as WireBucket,
} from "@coterie/wire";
import { type Failure, failure } from "../failure.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { NodeStore } from "../node-store.ts";
import { BucketCatalog } from "./bucket-catalog.ts";
import { bucketToWire, defineBucket, definitionsOf, sameDefinition } from "./bucket-definition.ts";

const META = "bucket/";

/** How long a new bucket waits for the others to hear of it before its first request goes on. */
const SPREAD_MS = 500;

/**
 * The buckets of the cluster as this node knows them: durable before they are used, spread to every
 * reachable node when they are made, and exchanged whenever a link comes up.
 */
export class Buckets {
  readonly #catalog = new BucketCatalog();
  readonly #store: NodeStore;
  readonly #peers: Peers;
  readonly #onEvent: (event: NodeEvent) => void;
  /** Buckets in the making, so that many first requests make one. */
  readonly #making = new Map<string, Promise<Bucket>>();

  constructor(store: NodeStore, peers: Peers, onEvent: (event: NodeEvent) => void) {
    this.#store = store;
    this.#peers = peers;
    this.#onEvent = onEvent;
  }

  /** Reads what earlier starts made durable. */
  async load(): Promise<void> {
    const entries = await this.#store.meta(META);
    this.#catalog.merge(entries.map(({ value }) => decode(value)));
  }

  get(name: string): Bucket | undefined {
    return this.#making.has(name) ? undefined : this.#catalog.get(name);
  }

  list(): Bucket[] {
    return this.#catalog.list();
  }

  /** The bucket of a client's request; its first use makes it, with the defaults. */
  use(name: string): Promise<Bucket> {
    const making = this.#making.get(name);
    if (making !== undefined) return making;
    const made = this.#make(name).finally(() => this.#making.delete(name));
    this.#making.set(name, made);
    return made;
  }

  async #make(name: string): Promise<Bucket> {
    const { definition, created } = this.#catalog.getOrDefault(name);
    if (created) {
      await this.#keep(definition);
      await this.#spread([definition]);
    }
    return this.#catalog.get(name)!;
  }

  /** Makes a bucket as an operator asked, or says which other definition stands in the way. */
  async define(asked: WireBucket): Promise<{ bucket: Bucket; existed: boolean } | Failure> {
    const definition = defineBucket(asked);
    if (typeof definition === "string") return failure(Error_Code.INVALID, definition);
    const known = this.#catalog.get(definition.name);
    if (known !== undefined) {
      return sameDefinition(known, definition)
        ? { bucket: known, existed: true }
        : this.#taken(definition, known);
    }
    await this.merge([definition]);
    await this.#spread([definition]);
    const stands = this.#catalog.get(definition.name)!;
    return sameDefinition(stands, definition)
      ? { bucket: stands, existed: false }
      : this.#taken(definition, stands);
  }

  /** The other side of `exchangeWith`: takes in what it says and answers with all that is known here. */
  async exchange({ buckets }: BucketSync): Promise<BucketSync> {
    await this.merge(definitionsOf(buckets));
    return this.#sync(this.#catalog.list());
  }

  /** Brings this node and another to the same definitions. */
  async exchangeWith(peer: NodeId, timeoutMs = SPREAD_MS): Promise<void> {
    await this.#tell(peer, this.#catalog.list(), timeoutMs);
  }

  async merge(theirs: readonly Bucket[]): Promise<void> {
    const { adopted, conflicts } = this.#catalog.merge(theirs);
    for (const { lost, won } of conflicts) {
      const detail = `n=${lost.n} ${lost.mode} gave way to n=${won.n} ${won.mode}: two nodes made the bucket before they heard of one another`;
      this.#onEvent({ type: "bucketConflict", name: won.name, detail });
    }
    for (const definition of adopted) await this.#keep(definition);
  }

  async #keep(definition: Bucket): Promise<void> {
    await this.#store.putMeta(
      META + definition.name,
      toBinary(BucketSchema, bucketToWire(definition)),
    );
    this.#onEvent({ type: "bucketKnown", name: definition.name, n: definition.n });
  }

  async #spread(definitions: readonly Bucket[]): Promise<void> {
    const told = this.#peers.up().map((peer) => this.#tell(peer, definitions, SPREAD_MS));
    await Promise.all(told);
  }

  async #tell(peer: NodeId, definitions: readonly Bucket[], timeoutMs: number): Promise<void> {
    const body = { case: "buckets" as const, value: this.#sync(definitions) };
    const result = await this.#peers.call(peer, body, timeoutMs);
    if (result.type === "reply" && result.reply.body.case === "buckets") {
      await this.merge(definitionsOf(result.reply.body.value.buckets));
    }
  }

  #sync(definitions: readonly Bucket[]): BucketSync {
    return create(BucketSyncSchema, { buckets: definitions.map(bucketToWire) });
  }

  #taken(asked: Bucket, known: Bucket): Failure {
    const differs = (["n", "r", "w", "rMin", "wMin", "mode"] as const)
      .filter((field) => asked[field] !== known[field])
      .map((field) => `${field}=${known[field]}, not ${asked[field]}`);
    return failure(
      Error_Code.BUCKET_EXISTS,
      `bucket "${known.name}" exists with another definition (${differs.join("; ")}), and a definition never changes: choose another name`,
    );
  }
}

function decode(bytes: Uint8Array): Bucket {
  const definition = defineBucket(fromBinary(BucketSchema, bytes));
  if (typeof definition === "string") throw new Error(`a stored bucket is damaged: ${definition}`);
  return definition;
}
