import type { NodeId, Timers } from "@coterie/core";
import { type Dot, IntervalClock } from "@coterie/vector-clock";
import { causalityOf, encodeVersions, type Version } from "@coterie/versions";
import type { Bucket } from "../src/bucket.ts";
import type {
  MergeOptions,
  MintCommand,
  MintStaged,
  Placement,
  ReadOptions,
  ReplicaRead,
  Replicas,
  ReplicaWrite,
  Want,
} from "../src/replicas.ts";

export type Reply<T> = { readonly afterMs: number; readonly reply: T } | "silence";

/** What one node does with what it is asked; each may be replaced at any time. */
export interface Behaviour {
  merge: (options: MergeOptions, versions: Uint8Array) => Reply<ReplicaWrite>;
  read: (want: Want, options: ReadOptions) => Reply<ReplicaRead>;
}

export interface Call {
  readonly kind: "merge" | "read";
  readonly node: NodeId;
  readonly epoch: number;
  readonly want?: Want;
  readonly repair?: boolean;
  readonly hintFor?: NodeId;
}

export const DURABLE: ReplicaWrite = { type: "durable" };
export const REFUSED: ReplicaWrite & ReplicaRead = {
  type: "refused",
  refusal: "overloaded",
  epoch: 1,
  detail: "its queue is full",
};
export const LOST: ReplicaWrite & ReplicaRead = { type: "lost", reason: "the session broke" };
export const NOT_SENT: ReplicaWrite & ReplicaRead = { type: "notSent", reason: "no connection" };

export function otherEpoch(epoch: number): ReplicaWrite & ReplicaRead {
  return { type: "refused", refusal: "epoch", epoch, detail: `its ring has epoch ${epoch}` };
}

export function after<T>(afterMs: number, reply: T): Reply<T> {
  return { afterMs, reply };
}

export const BUCKET: Bucket = {
  name: "carts",
  n: 3,
  r: 2,
  w: 2,
  rMin: 2,
  wMin: 2,
  mode: "siblings",
};
export const ROW = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 5, 99, 97, 114, 116, 115, 107]);

const ACTOR = { a: "aaaaaaaaaaaaaaaa", b: "bbbbbbbbbbbbbbbb", c: "cccccccccccccccc" };

/** `a1` is the dot a:1. */
function dot(name: string): Dot {
  return { actor: ACTOR[name[0] as "a" | "b" | "c"], counter: Number(name.slice(1)) };
}

/** An encoded set: the siblings named, and beside them the dots that were seen and replaced. */
export function versions(
  siblings: readonly string[],
  replaced: readonly string[] = [],
): Uint8Array {
  let context = IntervalClock.EMPTY;
  for (const name of [...siblings, ...replaced]) context = context.add(dot(name));
  return encodeVersions({ context, siblings: [...siblings].sort().map(versionOf) });
}

function versionOf(name: string): Version {
  return {
    dot: dot(name),
    stamp: { wallMs: 1_000, logical: dot(name).counter },
    operationId: `${ACTOR[name[0] as "a"]}${String(dot(name).counter).padStart(16, "0")}`,
    tombstone: false,
    encoding: "utf8",
    expiresAtMs: undefined,
    value: Uint8Array.from(name, (character) => character.charCodeAt(0)),
  };
}

/** Nodes that do as they are told, for tests of the flows over the port. */
export class ScriptedReplicas implements Replicas {
  readonly self: NodeId = "a";
  readonly calls: Call[] = [];
  readonly missed: NodeId[] = [];
  readonly agreed: string[] = [];
  readonly mints: MintCommand[] = [];
  readonly down = new Set<NodeId>();
  readonly p95Ms = new Map<NodeId, number>();
  order: readonly NodeId[] = ["a", "b", "c", "d", "e", "f"];
  current: Placement;
  minted: Uint8Array = versions(["a1"]);
  staged: () => Reply<MintStaged>;
  durable: () => Reply<ReplicaWrite> = () => after(1, DURABLE);
  /** What an agreement does; by default nothing. */
  onAgree: (node: NodeId, epoch: number) => void = () => {};
  readonly #timers: Timers;
  readonly #behaviours = new Map<NodeId, Behaviour>();

  constructor(timers: Timers, placement: Partial<Placement> = {}) {
    this.#timers = timers;
    const primaries = ["a", "b", "c"];
    this.current = {
      epoch: 1,
      writeGroups: [primaries],
      readGroups: [primaries],
      fallbacks: [],
      ...placement,
    };
    this.staged = () =>
      after(0, {
        type: "minted",
        versions: this.minted,
        context: new Uint8Array([1]),
        follows: [],
        stamp: { wallMs: 1, logical: 0 },
        repeated: false,
      });
  }

  /** Sets what `node` does; by default it answers after 1 ms, with success and without a row. */
  node(node: NodeId): Behaviour {
    let behaviour = this.#behaviours.get(node);
    if (behaviour === undefined) {
      behaviour = {
        merge: () => after(1, DURABLE),
        read: () => after(1, { type: "row", versions: undefined, recovering: false }),
      };
      this.#behaviours.set(node, behaviour);
    }
    return behaviour;
  }

  /** Lets `node` hold an encoded set. */
  holds(node: NodeId, set: Uint8Array, { afterMs = 1, recovering = false } = {}): void {
    this.node(node).read = (want) =>
      after(afterMs, {
        type: "row",
        versions: want === "versions" ? set : causalityOf(set),
        recovering,
      });
  }

  asked(kind: Call["kind"]): NodeId[] {
    return this.calls.filter((call) => call.kind === kind).map((call) => call.node);
  }

  placement(): Placement {
    return this.current;
  }

  mint(command: MintCommand) {
    this.mints.push(command);
    return { staged: this.#reply(this.staged()), durable: this.#reply(this.durable()) };
  }

  merge(to: NodeId, _row: Uint8Array, set: Uint8Array, _bucket: Bucket, options: MergeOptions) {
    const { epoch, repair, hintFor } = options;
    this.calls.push({
      kind: "merge",
      node: to,
      epoch,
      repair,
      ...(hintFor === undefined ? {} : { hintFor }),
    });
    return this.#reply(this.node(to).merge(options, set));
  }

  read(from: NodeId, _row: Uint8Array, want: Want, _bucket: Bucket, options: ReadOptions) {
    this.calls.push({ kind: "read", node: from, epoch: options.epoch, want });
    return this.#reply(this.node(from).read(want, options));
  }

  rank(nodes: readonly NodeId[]): readonly NodeId[] {
    return [...nodes].sort((x, y) => this.order.indexOf(x) - this.order.indexOf(y));
  }

  expectedLatencyMs(node: NodeId): number {
    return this.p95Ms.get(node) ?? 10;
  }

  isDown(node: NodeId): boolean {
    return this.down.has(node);
  }

  agreeOnEpoch(node: NodeId, theirEpoch: number): Promise<void> {
    this.agreed.push(`${node}:${theirEpoch}`);
    return this.#reply(after(2, undefined)).then(() => this.onAgree(node, theirEpoch));
  }

  onMissed(node: NodeId): void {
    this.missed.push(node);
  }

  #reply<T>(reply: Reply<T>): Promise<T> {
    return new Promise((resolve) => {
      if (reply !== "silence") this.#timers.after(reply.afterMs, () => resolve(reply.reply));
    });
  }
}
