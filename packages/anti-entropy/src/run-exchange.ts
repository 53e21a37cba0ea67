import type { NodeId } from "@coterie/core";
import type { ExchangeEffect, KeyDifference, MerkleExchange, Suspect } from "@coterie/merkle-tree";
import type { ComparePorts, TreeName, Unavailable } from "./compare-ports.ts";

/** Leaves of which one side has nothing. */
interface MissingLeaves {
  readonly where: "here" | "there";
  readonly from: number;
  readonly to: number;
}

/** How an exchange ended: suspects of a comparison, or what a recheck found. */
export interface ExchangeFindings {
  readonly type: "found";
  readonly suspects: readonly Suspect[];
  readonly missing: readonly MissingLeaves[];
  readonly differences: readonly KeyDifference[];
  /** The peer may lack rows of the partition itself. */
  readonly recovering: boolean;
}

/** Drives an exchange to its end, one request at a time. */
export async function runExchange(
  ports: ComparePorts,
  peer: NodeId,
  of: TreeName,
  exchange: MerkleExchange,
): Promise<ExchangeFindings | Unavailable> {
  const suspects: Suspect[] = [];
  const missing: MissingLeaves[] = [];
  const differences: KeyDifference[] = [];
  let recovering = false;
  const todo: ExchangeEffect[] = exchange.start();
  for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
    switch (effect.type) {
      case "send": {
        const answer = await ports.ask(peer, of, effect.request);
        if (answer.type === "unavailable") return answer;
        recovering ||= answer.recovering;
        todo.push(...exchange.receive(answer.reply));
        break;
      }
      case "scan": {
        const items = await ports.items(of, effect.leaf);
        if (items === undefined) return { type: "unavailable", reason: NOT_READ };
        todo.push(...exchange.scanned(effect.leaf, items));
        break;
      }
      case "missing":
        missing.push(effect);
        break;
      case "differences":
        differences.push(...effect.differences);
        break;
      case "compared":
        suspects.push(...effect.suspects);
        break;
      case "failed":
        return { type: "unavailable", reason: effect.reason };
      case "rebuild":
      case "rechecked":
        // The shard compares its rows with its leaves itself, when it is asked for them; and the tree here
        // is a copy from before rows that came meanwhile.
        break;
    }
  }
  return { type: "found", suspects, missing, differences, recovering };
}

export const NOT_READ = "this node is still adding up the rows of the partition";
