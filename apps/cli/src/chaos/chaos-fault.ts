import { below, fraction, pick, type SeededRandom, shuffle } from "@coterie/core";
import type { DamageKind } from "./damage.ts";

/** The faults that a real cluster can meet here. */
export const CHAOS_FAULTS = [
  "kill",
  "killAll",
  "restart",
  "pause",
  "partition",
  "oneWay",
  "reset",
  "slowNetwork",
  "diskFull",
  "corrupt",
  "wipe",
  "clientVanish",
  "ringMove",
  "ringReplace",
] as const;

export type ChaosFaultKind = (typeof CHAOS_FAULTS)[number];

export function isChaosFault(text: string): text is ChaosFaultKind {
  return (CHAOS_FAULTS as readonly string[]).includes(text);
}

/** Those that change the ring: they need a node that owns nothing at first. */
export function changesRing(kind: ChaosFaultKind): boolean {
  return kind === "ringMove" || kind === "ringReplace";
}

/** One harm, with all that chance has to say about it; `forMs`: until it is undone. */
export type ChaosFault =
  | { readonly kind: "kill" | "restart" | "pause"; readonly node: string; readonly forMs: number }
  | { readonly kind: "killAll"; readonly forMs: number }
  | {
      readonly kind: "partition";
      readonly some: readonly string[];
      readonly others: readonly string[];
      readonly forMs: number;
    }
  | { readonly kind: "oneWay"; readonly from: string; readonly to: string; readonly forMs: number }
  | { readonly kind: "reset"; readonly from: string; readonly to: string }
  | {
      readonly kind: "slowNetwork";
      readonly node: string;
      readonly delayMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "diskFull"; readonly forMs: number }
  | {
      readonly kind: "corrupt";
      readonly node: string;
      readonly how: DamageKind;
      readonly forMs: number;
    }
  | { readonly kind: "wipe"; readonly node: string; readonly forMs: number }
  | { readonly kind: "clientVanish"; readonly client: number }
  /** Who owns nothing joins, who is an owner leaves, and `at` is whom the operator asks. */
  | { readonly kind: "ringMove"; readonly node: string; readonly at: string }
  /** A node is killed for good: another takes its place on the ring, or the others share what it held. */
  | { readonly kind: "ringReplace"; readonly node: string; readonly at: string };

/** Draws the next fault. The first of the nodes founded the cluster: it never loses its disk whole. */
export function drawFault(
  random: SeededRandom,
  kinds: readonly ChaosFaultKind[],
  nodes: readonly string[],
): ChaosFault {
  const kind = pick(random, kinds);
  const [node, other = ""] = shuffle(random, [...nodes]) as [string, string?];
  // Mostly short; now and then long enough for the others to give the node up.
  const forMs = 100 * 2 ** below(random, 7);
  switch (kind) {
    case "kill":
    case "restart":
    case "pause":
      return { kind, node, forMs };
    case "killAll":
    case "diskFull":
      return { kind, forMs: Math.min(forMs, 1_600) };
    case "partition": {
      const shuffled = shuffle(random, [...nodes]);
      const at = 1 + below(random, nodes.length - 1);
      return { kind, some: shuffled.slice(0, at), others: shuffled.slice(at), forMs };
    }
    case "oneWay":
      return { kind, from: node, to: other, forMs };
    case "reset":
      return { kind, from: node, to: other };
    case "slowNetwork":
      return { kind, node, delayMs: 20 + below(random, 600), forMs };
    case "corrupt":
      return { kind, node, how: fraction(random) < 0.5 ? "rows" : "pages", forMs };
    case "wipe":
      return { kind, node: pick(random, nodes.slice(1)), forMs };
    case "clientVanish":
      return { kind, client: below(random, 1_000) };
    case "ringMove":
      return { kind, node, at: other };
    case "ringReplace":
      return { kind, node: pick(random, nodes.slice(1)), at: other };
  }
}
