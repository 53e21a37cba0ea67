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
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { BucketCatalog } from "./bucket-catalog.ts";
import {
  bucketToWire,
  defineBucket,
  definitionsOf,
  FIELDS,
  sameDefinition,
} from "./bucket-definition.ts";

const META = "bucket/";
/** Marks a bucket whose rows may stand under an N that it has no more: see `RedefinedRows`. */
const REDEFINED = "redefined/";

/** How long a new bucket waits for the others to hear of it before its first request goes on. */
const SPREAD_MS = 500;
/** So often those are told again who were too slow, while a majority of the owners has not heard. */
const SPREADS = 4;

export interface BucketsParts {
  readonly self: NodeId;
  readonly store: NodeStore;
  readonly peers: Peers;
  readonly rings: Pick<RingKeeper, "view" | "agreeWith">;
  readonly onEvent: (event: NodeEvent) => void;
}

/**
 * The buckets of the cluster as this node knows them: durable before they are used, spread to every
 * reachable node when they are made, and exchanged whenever a link comes up.
 */
export class Buckets {
  readonly #catalog = new BucketCatalog();
  readonly #self: NodeId;
  readonly #store: NodeStore;
  readonly #peers: Peers;
  readonly #rings: BucketsParts["rings"];
  readonly #onEvent: (event: NodeEvent) => void;
  readonly #redefined = new Set<string>();
  /** Buckets in the making, so that many first requests make one. */
  readonly #making = new Map<string, Promise<Bucket>>();

  constructor({ self, store, peers, rings, onEvent }: BucketsParts) {
    this.#self = self;
    this.#store = store;
    this.#peers = peers;
    this.#rings = rings;
    this.#onEvent = onEvent;
  }

  /** Reads what earlier starts made durable. */
  async load(): Promise<void> {
    const entries = await this.#store.meta(META);
    this.#catalog.merge(entries.map(({ value }) => decode(value)));
    for (const { key } of await this.#store.meta(REDEFINED)) {
      this.#redefined.add(key.slice(REDEFINED.length));
    }
  }

  /** Whose N has grown, so that rows may stand under the one before. */
  get redefined(): ReadonlySet<string> {
    return this.#redefined;
  }

  /** No row of it stands under another N any more. */
  async settleRedefined(name: string): Promise<void> {
    await this.#store.putMeta(REDEFINED + name, undefined);
    this.#redefined.delete(name);
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
    for (const { ours, theirs, stands } of conflicts) {
      const detail = `${inWords(ours)} met ${inWords(theirs)}: two nodes made the bucket before they heard of one another, and from now on it has ${inWords(stands)}`;
      this.#onEvent({ type: "bucketConflict", name: stands.name, detail });
      if (stands.n === ours.n) continue;
      this.#redefined.add(stands.name);
      await this.#store.putMeta(REDEFINED + stands.name, new Uint8Array());
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

  /**
   * Tells every node that can be reached, and the slow ones again while fewer than a majority of the owners have heard:
   * a ring change asks a majority which buckets there are, and meets one of those.
   */
  async #spread(definitions: readonly Bucket[]): Promise<void> {
    const heard = new Set<NodeId>();
    for (let times = 0; times < SPREADS; times++) {
      const deaf = this.#peers.up().filter((peer) => !heard.has(peer));
      const tell = async (peer: NodeId): Promise<void> => {
        if (await this.#tell(peer, definitions, SPREAD_MS)) heard.add(peer);
      };
      await Promise.all(deaf.map(tell));
      const owners = this.#rings.view?.record.owners ?? [];
      const known = owners.filter(({ id }) => heard.has(id) || id === this.#self);
      const isUntold = owners.some(({ id }) => !heard.has(id) && this.#peers.isUp(id));
      if (2 * known.length > owners.length || !isUntold) return;
    }
  }

  /** False: it did not answer. One that knows of a newer ring has this node serve under it before it goes on. */
  async #tell(peer: NodeId, definitions: readonly Bucket[], timeoutMs: number): Promise<boolean> {
    const body = { case: "buckets" as const, value: this.#sync(definitions) };
    const result = await this.#peers.call(peer, body, timeoutMs);
    if (result.type !== "reply" || result.reply.body.case !== "buckets") return false;
    const { buckets, epoch } = result.reply.body.value;
    await this.merge(definitionsOf(buckets));
    if (epoch > (this.#rings.view?.record.epoch ?? epoch)) await this.#rings.agreeWith(peer);
    return true;
  }

  #sync(definitions: readonly Bucket[]): BucketSync {
    const epoch = this.#rings.view?.record.epoch ?? 0;
    return create(BucketSyncSchema, { buckets: definitions.map(bucketToWire), epoch });
  }

  #taken(asked: Bucket, known: Bucket): Failure {
    const differs = FIELDS.filter((field) => asked[field] !== known[field]).map(
      (field) => `${field}=${known[field] ?? "none"}, not ${asked[field] ?? "none"}`,
    );
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

function inWords({ n, r, w, mode, ttlMs }: Bucket): string {
  return `n=${n} r=${r} w=${w} ${mode}${ttlMs === undefined ? "" : ` ttl=${ttlMs} ms`}`;
}
