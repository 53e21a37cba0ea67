import type { NodeId } from "@coterie/core";
import type { ShardMailbox, ShardWrite, WriteCommand } from "@coterie/shard-engine";

/** Watches every mint from outside: which operations were minted, and that no dot is given twice. */
export class MintWatch {
  readonly #dots = new Map<string, string>();
  readonly #timesMinted = new Map<string, number>();
  /** Sentences: dots that were given to two operations. */
  readonly reused: string[] = [];

  /** How often each operation was minted; more than once when a retry met a node that did not know it. */
  get timesMinted(): ReadonlyMap<string, number> {
    return this.#timesMinted;
  }

  watch(node: NodeId, mailbox: ShardMailbox): ShardMailbox {
    return {
      read: (command) => mailbox.read(command),
      scan: (command) => mailbox.scan(command),
      hints: (scan) => mailbox.hints(scan),
      meta: (prefix) => mailbox.meta(prefix),
      stats: () => mailbox.stats(),
      close: () => mailbox.close(),
      write: (command) => this.#watchWrite(node, command, mailbox.write(command)),
    };
  }

  #watchWrite(node: NodeId, command: WriteCommand, write: ShardWrite): ShardWrite {
    if (command.type !== "mint") return write;
    const { operationId } = command;
    const staged = write.staged.then((result) => {
      if (result.type === "minted" && !result.repeated) {
        const dot = `${result.dot.actor}:${result.dot.counter}`;
        const other = this.#dots.get(dot);
        if (other !== undefined) {
          this.reused.push(`${node} gave dot ${dot} to ${operationId}; ${other} has it already`);
        }
        this.#dots.set(dot, operationId);
        this.#timesMinted.set(operationId, (this.#timesMinted.get(operationId) ?? 0) + 1);
      }
      return result;
    });
    return { staged, committed: write.committed };
  }
}
