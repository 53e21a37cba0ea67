import { create } from "@bufbuild/protobuf";
import type {
  ComparePorts,
  MovedRows,
  PeerAnswer,
  RepairedRow,
  TreeName,
  Unavailable,
} from "@coterie/anti-entropy";
import {
  bytesEqual,
  type Clock,
  CodecError,
  type NodeId,
  type Timers,
  type Token,
} from "@coterie/core";
import {
  decodeExchangeReply,
  type ExchangeRequest,
  encodeExchangeRequest,
  type Item,
  MerkleTree,
} from "@coterie/merkle-tree";
import type { Bucket, Replicas } from "@coterie/quorum";
import { parseRowKey, type ScannedRow } from "@coterie/shard-engine";
import { causalityOf, type Era } from "@coterie/versions";
import {
  type CompareRootsResult,
  CompareRootsSchema,
  type ExchangeLeavesResult,
  ExchangeLeavesSchema,
  type PeerCall,
  Refusal,
  type ScanRowsResult,
  ScanRowsSchema,
} from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeStore } from "../node-store.ts";
import { bytesOfTokens } from "../replica/leaf-service.ts";
import { eraFromWire } from "../replica/wire-era.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";

export interface LinkedComparisonParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly rings: Pick<RingKeeper, "agreeWith">;
  readonly buckets: Buckets;
  readonly peers: Peers;
  readonly replicas: Pick<Replicas, "read" | "merge">;
}

/** How long another node has for one step, one page or one row. */
const ASK_MS = 3_000;
/** Rows of a page that are merged at once. */
const MERGES = 64;
const PAGE_ROWS = 256;

/** Comparison with other replicas over the nodes' links and this node's shards. */
export class LinkedComparison implements ComparePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly #parts: LinkedComparisonParts;

  constructor(parts: LinkedComparisonParts) {
    this.clock = parts.clock;
    this.timers = parts.timers;
    this.#parts = parts;
  }

  roots = (of: readonly TreeName[]): Promise<readonly (Token | undefined)[]> =>
    this.#parts.store.roots(this.#epoch, of);

  askRoots = async (
    peer: NodeId,
    of: readonly TreeName[],
    roots: readonly Token[],
  ): Promise<{ type: "differing"; indices: readonly number[] } | Unavailable> => {
    const value = create(CompareRootsSchema, {
      epoch: this.#epoch,
      partitions: of.map(({ partition }) => partition),
      ns: of.map(({ n }) => n),
      roots: bytesOfTokens(roots),
    });
    const reply = await this.#call(peer, { case: "roots", value }, "roots");
    if (reply.type === "unavailable") return reply;
    return { type: "differing", indices: reply.value.differing };
  };

  tree = async (of: TreeName): Promise<MerkleTree | undefined> => {
    const answer = await this.#parts.store.merkle({ type: "leaves", epoch: this.#epoch, of });
    return answer.type === "leaves"
      ? MerkleTree.decodeLeaves(answer.shape, answer.leaves)
      : undefined;
  };

  items = async (of: TreeName, leaf: number): Promise<readonly Item[] | undefined> => {
    const answer = await this.#parts.store.merkle({ type: "items", epoch: this.#epoch, of, leaf });
    return answer.type === "items" ? answer.items : undefined;
  };

  ask = async (
    peer: NodeId,
    { partition, n }: TreeName,
    request: ExchangeRequest,
  ): Promise<PeerAnswer | Unavailable> => {
    const fields = { epoch: this.#epoch, partition, n, request: encodeExchangeRequest(request) };
    const value = create(ExchangeLeavesSchema, fields);
    const reply = await this.#call(peer, { case: "leaves", value }, "leaves");
    if (reply.type === "unavailable") return reply;
    try {
      const { reply: bytes, recovering } = reply.value;
      return { type: "reply", reply: decodeExchangeReply(bytes), recovering };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { type: "unavailable", reason: `its answer cannot be decoded: ${error.message}` };
    }
  };

  repairRow = async (
    peer: NodeId,
    row: Uint8Array,
    direction: "pull" | "push" | "both",
  ): Promise<RepairedRow> => {
    const bucket = this.#bucketOf(row);
    const result = { pulled: false, pushed: false };
    const failed = (failure: string): RepairedRow => ({ ...result, failure });
    if (bucket === undefined) return failed("a row is of a bucket that is not known here yet");
    let theirs: Uint8Array | undefined;
    if (direction !== "push") {
      const read = await this.#parts.replicas.read(peer, row, "versions", bucket, this.#options);
      if (read.type !== "row") return failed(`${peer} could not be read`);
      theirs = read.versions;
      if (theirs === undefined && read.recovering) return failed(`a row is damaged at ${peer}`);
      if (theirs !== undefined) {
        result.pulled = await this.#merge(this.#parts.self, row, theirs, bucket, read.era);
        if (!result.pulled) return failed("this node's disk did not take a row");
      }
    }
    if (direction === "pull") return { ...result, failure: undefined };
    const { self, replicas } = this.#parts;
    const ours = await replicas.read(self, row, "versions", bucket, this.#options);
    if (ours.type !== "row") return failed("this node's shard could not be read");
    if (ours.versions === undefined || isAlike(ours.versions, theirs)) {
      return { ...result, failure: undefined };
    }
    result.pushed = await this.#merge(peer, row, ours.versions, bucket, ours.era);
    return result.pushed ? { ...result, failure: undefined } : failed(`${peer} did not take a row`);
  };

  pullLeaves = async (
    peer: NodeId,
    { partition, n }: TreeName,
    from: number,
    to: number,
  ): Promise<MovedRows> => {
    const { self } = this.#parts;
    let rows = 0;
    let next: Uint8Array | undefined = new Uint8Array();
    while (next !== undefined) {
      const reply = await this.#page(peer, { partition, n }, { from, to }, next);
      if (reply.type === "unavailable") return { rows, failure: reply.reason };
      const page = reply.value;
      const merged = await this.#mergeAll(self, page.rows, eraFromWire(page.era));
      rows += merged;
      if (merged < page.rows.length) {
        return { rows, failure: "not every row could be merged here" };
      }
      if (page.recovering) return { rows, failure: `rows may be missing at ${peer}` };
      next = page.next.length === 0 ? undefined : page.next;
    }
    return { rows, failure: undefined };
  };

  pushLeaves = async (
    peer: NodeId,
    { partition, n }: TreeName,
    from: number,
    to: number,
  ): Promise<MovedRows> => {
    let rows = 0;
    let next: Uint8Array | undefined;
    do {
      const page = await this.#parts.store.scan({
        epoch: this.#epoch,
        partition,
        from: next,
        limit: PAGE_ROWS,
        want: "versions",
        leaves: { n, from, to },
      });
      if (page.type === "refused") return { rows, failure: page.detail };
      const merged = await this.#mergeAll(peer, page.rows, page.era);
      rows += merged;
      if (merged < page.rows.length) return { rows, failure: `${peer} did not take every row` };
      next = page.next;
    } while (next !== undefined);
    return { rows, failure: undefined };
  };

  get #epoch(): number {
    return this.#parts.cluster.ring.record.epoch;
  }

  get #options(): { epoch: number; deadlineMs: number } {
    return { epoch: this.#epoch, deadlineMs: this.clock.monotonicMs() + ASK_MS };
  }

  #page(
    peer: NodeId,
    { partition, n }: TreeName,
    leaves: { from: number; to: number },
    from: Uint8Array,
  ): Promise<{ type: "reply"; value: ScanRowsResult } | Unavailable> {
    const range = { n, ...leaves };
    const fields = { epoch: this.#epoch, partition, from, leaves: range, versions: true };
    return this.#call(peer, { case: "scan", value: create(ScanRowsSchema, fields) }, "scan");
  }

  /** How many of the rows are durable at `to`. */
  async #mergeAll(to: NodeId, rows: readonly ScannedRow[], era: Era | undefined): Promise<number> {
    const queue = [...rows];
    let merged = 0;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const bucket = this.#bucketOf(next.row);
        if (bucket === undefined) continue;
        if (await this.#merge(to, next.row, next.versions, bucket, era)) merged++;
      }
    };
    await Promise.all(Array.from({ length: MERGES }, worker));
    return merged;
  }

  async #merge(
    to: NodeId,
    row: Uint8Array,
    versions: Uint8Array,
    bucket: Bucket,
    era: Era | undefined,
  ): Promise<boolean> {
    const options = { ...this.#options, repair: true, era };
    const merged = await this.#parts.replicas.merge(to, row, versions, bucket, options);
    return merged.type === "durable";
  }

  #bucketOf(row: Uint8Array): Bucket | undefined {
    return this.#parts.buckets.get(parseRowKey(row).bucket);
  }

  /** The reply of one kind, or why there is none; where the rings differ the two agree first. */
  async #call<K extends keyof Replies>(
    peer: NodeId,
    body: PeerCall["body"],
    kind: K,
  ): Promise<{ type: "reply"; value: Replies[K] } | Unavailable> {
    const result = await this.#parts.peers.call(peer, body, ASK_MS);
    if (result.type !== "reply") return { type: "unavailable", reason: result.reason };
    const reply = result.reply.body;
    if (reply.case !== kind) return { type: "unavailable", reason: "it could not answer" };
    const value = reply.value as Replies[K];
    if (value.refusal === Refusal.EPOCH) await this.#parts.rings.agreeWith(peer);
    if (value.refusal !== Refusal.UNSPECIFIED) {
      return { type: "unavailable", reason: value.detail };
    }
    return { type: "reply", value };
  }
}

/** What the calls of a comparison are answered with. */
interface Replies {
  readonly roots: CompareRootsResult;
  readonly leaves: ExchangeLeavesResult;
  readonly scan: ScanRowsResult;
}

function isAlike(ours: Uint8Array, theirs: Uint8Array | undefined): boolean {
  return theirs !== undefined && bytesEqual(causalityOf(ours), causalityOf(theirs));
}
