import { bytesEqual, type NodeId } from "@coterie/core";
import { partitionOfRow, type ShardMailbox } from "@coterie/shard-engine";
import { causalityOf, decodeCausality, subsumes } from "@coterie/versions";

/** What a primary holds of a key now; undefined: no row. */
export interface Held {
  readonly node: NodeId;
  readonly versions: Uint8Array | undefined;
}

interface Kept {
  readonly versions: Uint8Array;
  readonly swept: number;
}

/**
 * Watches hints from outside: they take no more room than they may, and when one goes, every primary of its key has
 * durably all that was kept under it. Nodes that ever lost their disk are left out: they may have lost it after they had said so.
 */
export class HintWatch {
  readonly #ask: (key: string, node: NodeId) => readonly Promise<Held | undefined>[];
  readonly #partitions: number;
  readonly #bytesMax: number;
  readonly #kept = new Map<string, readonly Kept[]>();
  readonly #lost = new Set<NodeId>();
  /** Sentences: hints that went too early. */
  readonly droppedEarly: string[] = [];
  /** Sentences: nodes whose hints took more than they may. */
  readonly unbounded: string[] = [];

  /** `ask` looks at each primary of a key that `node` knows of; undefined: it cannot be asked. */
  constructor(
    partitions: number,
    bytesMax: number,
    ask: (key: string, node: NodeId) => readonly Promise<Held | undefined>[],
  ) {
    this.#partitions = partitions;
    this.#bytesMax = bytesMax;
    this.#ask = ask;
  }

  /** A hint, or an addition to it, is durable; `swept` was the node's when it came. */
  kept(node: NodeId, key: string, versions: Uint8Array, swept: number): void {
    const name = `${node} ${key}`;
    this.#kept.set(name, [...(this.#kept.get(name) ?? []), { versions, swept }]);
  }

  /**
   * The last sweep of a row's partition that a node has answered. None is answered while there are hints, and
   * whoever is told of a later one discards its own: a hint goes home under the sweep it came under, or not at all.
   */
  async sweptOf(row: Uint8Array, mailbox: ShardMailbox): Promise<number> {
    const partition = partitionOfRow(row, this.#partitions);
    const { eras, hintBytes } = await mailbox.stats();
    if (hintBytes > this.#bytesMax) {
      this.unbounded.push(`hints take ${hintBytes} bytes of a shard that has ${this.#bytesMax}`);
    }
    return eras.find(([each]) => each === partition)?.[1] ?? 0;
  }

  lose(node: NodeId): void {
    this.#lost.add(node);
    for (const name of [...this.#kept.keys()]) {
      if (name.startsWith(`${node} `)) this.#kept.delete(name);
    }
  }

  /** A drop is durable; whether it did anything is for the shard to say: a hint that has grown stays. */
  async dropped(node: NodeId, key: string, row: Uint8Array, mailbox: ShardMailbox): Promise<void> {
    const name = `${node} ${key}`;
    const kept = this.#kept.get(name) ?? [];
    const [left, swept] = await Promise.all([
      mailbox.hints({ from: row, limit: 1 }),
      this.sweptOf(row, mailbox),
    ]);
    if (left.type === "refused" || left.hints.some((hint) => bytesEqual(hint.row, row))) return;
    this.#kept.set(name, (this.#kept.get(name) ?? []).slice(kept.length));
    for (const asked of this.#ask(key, node)) {
      void asked.then((held) => {
        if (held === undefined || this.#lost.has(held.node)) return;
        const current = kept.filter((each) => each.swept === swept);
        if (current.every(({ versions }) => isHeld(versions, held.versions))) return;
        this.droppedEarly.push(`${node} dropped a hint of ${key} that ${held.node} does not have`);
      });
    }
  }
}

function isHeld(kept: Uint8Array, held: Uint8Array | undefined): boolean {
  if (held === undefined) return false;
  const [mine, theirs] = [causalityOf(held), causalityOf(kept)];
  return bytesEqual(mine, theirs) || subsumes(decodeCausality(mine), decodeCausality(theirs));
}
