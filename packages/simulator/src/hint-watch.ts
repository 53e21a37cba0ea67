import { bytesEqual, type NodeId } from "@coterie/core";
import type { ShardMailbox } from "@coterie/shard-engine";
import { causalityOf, decodeCausality, subsumes } from "@coterie/versions";

/** What a primary holds of a key now; undefined: no row. */
export interface Held {
  readonly node: NodeId;
  readonly versions: Uint8Array | undefined;
}

/**
 * Watches hints from outside: when one goes, every primary of its key has durably all that was kept under
 * it. Nodes that ever lost their disk are left out: they may have lost it after they had said so.
 */
export class HintWatch {
  readonly #ask: (key: string, node: NodeId) => readonly Promise<Held | undefined>[];
  readonly #kept = new Map<string, readonly Uint8Array[]>();
  readonly #lost = new Set<NodeId>();
  /** Sentences: hints that went too early. */
  readonly droppedEarly: string[] = [];

  /** `ask` looks at each primary of a key that `node` knows of; undefined: it cannot be asked. */
  constructor(ask: (key: string, node: NodeId) => readonly Promise<Held | undefined>[]) {
    this.#ask = ask;
  }

  /** A hint, or an addition to it, is durable. */
  kept(node: NodeId, key: string, versions: Uint8Array): void {
    const name = `${node} ${key}`;
    this.#kept.set(name, [...(this.#kept.get(name) ?? []), versions]);
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
    const left = await mailbox.hints({ from: row, limit: 1 });
    if (left.type === "refused" || left.hints.some((hint) => bytesEqual(hint.row, row))) return;
    this.#kept.set(name, (this.#kept.get(name) ?? []).slice(kept.length));
    for (const asked of this.#ask(key, node)) {
      void asked.then((held) => {
        if (held === undefined || this.#lost.has(held.node)) return;
        if (kept.every((versions) => isHeld(versions, held.versions))) return;
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
