import { bytesEqual, type NodeId } from "@coterie/core";
import {
  type CommitResult,
  parseRowKey,
  type ShardMailbox,
  type ShardWrite,
  type Staged,
  tokenOf,
  type WriteCommand,
} from "@coterie/shard-engine";
import { operationsOf } from "@coterie/versions";
import type { EventLog } from "./event-log.ts";
import type { HintWatch } from "./hint-watch.ts";
import type { ProtocolState } from "./protocol-state.ts";
import { statesOfStep } from "./step-state.ts";

type RowWrite = Extract<WriteCommand, { row: Uint8Array }>;

/**
 * Watches every write to a shard from outside: who holds which operation durably, that no dot is given
 * twice, and that an operation a row holds is not minted again.
 */
export class ShardWatch {
  readonly #log: EventLog;
  readonly #reach: (state: ProtocolState) => void;
  readonly #keys = new Map<number, string>();
  readonly #dots = new Map<string, string>();
  readonly #timesMinted = new Map<string, number>();
  readonly #keyOf = new Map<string, string>();
  /** By operation, who committed it at some time, and who has not lost it since. */
  readonly #committers = new Map<string, Set<NodeId>>();
  readonly #holders = new Map<string, Set<NodeId>>();
  /** By node and key, what was ever committed there since the row was last dropped. */
  readonly #heldRows = new Map<string, Set<string>>();
  readonly #crowdedKeys = new Set<string>();
  /** The ring that each node installed last, encoded. */
  readonly #rings = new Map<NodeId, Uint8Array>();
  /** Sentences: what must not happen and did. */
  readonly reusedDots: string[] = [];
  readonly needlessMints: string[] = [];
  readonly strays: string[] = [];

  readonly hints: HintWatch;
  /** Hears of every write as its leader has staged it. */
  onMint: (node: NodeId, key: string, tombstone: boolean) => void = () => {};
  /** Hears of every hint before it is staged. */
  onHint: (node: NodeId, key: string) => void = () => {};

  constructor(log: EventLog, hints: HintWatch, reach: (state: ProtocolState) => void) {
    this.#log = log;
    this.hints = hints;
    this.#reach = reach;
  }

  /** Where writes followed as many retried operations as they can name: older ones may come up again. */
  get crowdedKeys(): ReadonlySet<string> {
    return this.#crowdedKeys;
  }

  /** How often each operation was minted; more than once when a retry met a node that did not know it. */
  get timesMinted(): ReadonlyMap<string, number> {
    return this.#timesMinted;
  }

  /** How many nodes have committed the operation at some time. */
  committersOf(operationId: string): number {
    return this.#committers.get(operationId)?.size ?? 0;
  }

  /** Whether every operation that matters is held by some other node as well, or was never held. */
  canLose(node: NodeId, matters: (operationId: string) => boolean): boolean {
    for (const [operation, holders] of this.#holders) {
      if (holders.has(node) && holders.size === 1 && matters(operation)) return false;
    }
    return true;
  }

  /** The node's disk is lost: it holds nothing any more. */
  lose(node: NodeId): void {
    for (const holders of this.#holders.values()) holders.delete(node);
    for (const place of [...this.#heldRows.keys()]) {
      if (place.startsWith(`${node} `)) this.#heldRows.delete(place);
    }
    this.hints.lose(node);
  }

  watch(node: NodeId, mailbox: ShardMailbox): ShardMailbox {
    return {
      read: (command) => mailbox.read(command),
      scan: (command) => mailbox.scan(command),
      hints: (scan) => mailbox.hints(scan),
      merkle: (question) => mailbox.merkle(question),
      collection: (question) => {
        if (question.type === "vote") this.#reach("collection voted");
        return mailbox.collection(question);
      },
      meta: (prefix) => mailbox.meta(prefix),
      stats: () => mailbox.stats(),
      close: () => mailbox.close(),
      write: (command) => {
        if (command.type === "keepHint") this.onHint(node, this.#nameOf(command.row));
        const write = mailbox.write(command);
        if ("row" in command) return this.#watchWrite(node, command, write, mailbox);
        void this.#watchSteps(node, command, write);
        return write;
      },
    };
  }

  /** Steps of ring changes and collection rounds, when they are durable. A restart installs what was in force. */
  async #watchSteps(node: NodeId, command: WriteCommand, write: ShardWrite): Promise<void> {
    const [staged, { type }] = await Promise.all([write.staged, write.committed]);
    // What is refused fails, too: nothing of it was written.
    if (type === "failed" && staged.type !== "refused") return;
    if (command.type === "installRing" && staged.type !== "refused") {
      const before = this.#rings.get(node);
      this.#rings.set(node, command.record);
      if (before !== undefined && bytesEqual(before, command.record)) return;
    }
    for (const state of statesOfStep(command, staged)) this.#reach(state);
  }

  #watchWrite(
    node: NodeId,
    command: RowWrite,
    write: ShardWrite,
    mailbox: ShardMailbox,
  ): ShardWrite {
    const key = this.#nameOf(command.row);
    const swept =
      command.type === "keepHint" ? this.hints.sweptOf(command.row, mailbox) : undefined;
    let operations: string[] = [];
    const staged = write.staged.then((result) => {
      operations = this.#onStaged(node, key, command, result);
      return result;
    });
    const committed = write.committed.then((result) => {
      this.#onCommitted(node, key, operations, result);
      if (result.type === "failed") return result;
      if (command.type === "keepHint") {
        void swept?.then((at) => this.hints.kept(node, key, command.versions, at));
      }
      if (command.type === "dropRow") this.#dropped(node, key);
      if (command.type === "dropHint") void this.hints.dropped(node, key, command.row, mailbox);
      return result;
    });
    return { staged, committed };
  }

  /** Returns the operations that are durable here, or written over durably, once this write is. */
  #onStaged(node: NodeId, key: string, command: RowWrite, result: Staged): string[] {
    if (result.type === "refused") {
      this.#log.add(node, `refuses a ${command.type}: ${result.detail}`, key);
      this.#reach("shard refuses a write");
      if (command.type === "keepHint" && result.reason === "overloaded") this.#reach("hints full");
      return [];
    }
    if (command.type === "dropHint") {
      this.#log.add(node, "drops a hint", key);
      this.#reach("hint dropped");
      return [];
    }
    if (command.type === "dropRow") {
      this.#log.add(node, "drops a row that it gave up", key);
      this.#reach("leftover dropped");
      return [];
    }
    if (command.type !== "mint") {
      const { present: operations, followed, crowded } = operationsOf(command.versions);
      if (crowded) this.#crowdedKeys.add(key);
      this.#log.add(node, `${command.type}s [${operations.join(" ")}]`, key);
      if (command.type === "keepHint") this.#reach("hint kept");
      for (const operation of operations) this.#checkKey(node, key, operation);
      return [...operations, ...followed];
    }
    if (result.type !== "minted") return [];
    const { present: operations, followed, crowded } = operationsOf(result.versions);
    if (crowded) this.#crowdedKeys.add(key);
    const how = result.repeated ? "finds" : "mints";
    const set = `context ${command.context.length} bytes -> [${operations.join(" ")}]`;
    this.#log.add(node, `${how} ${command.operationId}, ${set}`, key);
    if (result.repeated) this.#reach("retry finds its operation");
    if (operations.length > 1) this.#reach("siblings");
    if (!result.repeated) {
      this.onMint(node, key, command.tombstone);
      this.#keyOf.set(command.operationId, key);
      this.#onMinted(node, command.operationId, result, operations);
    }
    return [...operations, ...followed];
  }

  #checkKey(node: NodeId, key: string, operation: string): void {
    const own = this.#keyOf.get(operation);
    if (own === undefined || own === key) return;
    this.strays.push(`${node} has put ${operation}, which wrote ${own}, to ${key}`);
  }

  #onMinted(
    node: NodeId,
    operationId: string,
    { dot: { actor, counter } }: Extract<Staged, { type: "minted" }>,
    operations: readonly string[],
  ): void {
    const dot = `${actor}:${counter}`;
    const other = this.#dots.get(dot);
    if (other !== undefined) {
      this.reusedDots.push(`${node} gave dot ${dot} to ${operationId}; ${other} has it already`);
    }
    this.#dots.set(dot, operationId);
    const times = (this.#timesMinted.get(operationId) ?? 0) + 1;
    this.#timesMinted.set(operationId, times);
    if (times > 1) this.#reach("operation minted twice");
    if (operations.filter((operation) => operation === operationId).length > 1) {
      this.needlessMints.push(`${node} minted ${operationId} again, though its row held it`);
    }
  }

  #onCommitted(
    node: NodeId,
    key: string,
    operations: readonly string[],
    result: CommitResult,
  ): void {
    if (result.type === "failed") {
      if (operations.length === 0) return;
      this.#log.add(node, `cannot commit: ${result.detail}`, key);
      this.#reach("commit fails");
      return;
    }
    const place = `${node} ${key}`;
    const held = this.#heldRows.get(place) ?? new Set();
    this.#heldRows.set(place, held);
    for (const operation of operations) {
      // What a row holds is counted already: whoever loses a row, or all, is taken out of both.
      if (held.has(operation)) continue;
      held.add(operation);
      for (const nodes of [this.#committers, this.#holders]) {
        const those = nodes.get(operation);
        if (those === undefined) nodes.set(operation, new Set([node]));
        else those.add(node);
      }
    }
  }

  /** A hint of the key may stand here still: better to think that the node holds too little. */
  #dropped(node: NodeId, key: string): void {
    for (const operation of this.#heldRows.get(`${node} ${key}`) ?? []) {
      this.#holders.get(operation)?.delete(node);
    }
    this.#heldRows.delete(`${node} ${key}`);
  }

  /** The key as the workload knows it. Runs use few keys again and again: found by 53 bits of their hash. */
  #nameOf(row: Uint8Array): string {
    const { high, low } = tokenOf(row);
    const hash = high * 0x20_0000 + (low >>> 11);
    let key = this.#keys.get(hash);
    if (key === undefined) {
      key = String.fromCharCode(...parseRowKey(row).key);
      this.#keys.set(hash, key);
    }
    return key;
  }
}
