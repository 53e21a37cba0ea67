import { bytesEqual, type NodeId } from "@coterie/core";
import type { ShardMailbox } from "@coterie/shard-engine";
import { causalityOf, decodeCausality, subsumes } from "@coterie/versions";

/**
 * Watches hints from outside: when one goes, every primary of its key has durably all that was kept under
 * it. Nodes that ever lost their disk are left out: they may have lost it after they had said so.
 */
export class HintWatch {
  readonly #primariesOf: (key: string) => readonly NodeId[];
  readonly #rows = new Map<string, Uint8Array>();
  readonly #kept = new Map<string, readonly Uint8Array[]>();
  readonly #lost = new Set<NodeId>();
  /** Sentences: hints that went too early. */
  readonly droppedEarly: string[] = [];

  constructor(primariesOf: (key: string) => readonly NodeId[]) {
    this.#primariesOf = primariesOf;
  }

  /** A row is durable. */
  stored(node: NodeId, key: string, versions: Uint8Array): void {
    this.#rows.set(`${node} ${key}`, versions);
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
    for (const primary of this.#primariesOf(key)) {
      if (this.#lost.has(primary) || kept.every((versions) => this.#has(primary, key, versions))) {
        continue;
      }
      this.droppedEarly.push(`${node} dropped a hint of ${key} that ${primary} does not have`);
    }
  }

  #has(node: NodeId, key: string, versions: Uint8Array): boolean {
    const row = this.#rows.get(`${node} ${key}`);
    if (row === undefined) return false;
    return subsumes(decodeCausality(causalityOf(row)), decodeCausality(causalityOf(versions)));
  }
}
