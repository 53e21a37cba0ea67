import { below, pick, SeededRandom } from "@coterie/core";
import { drawActor } from "../src/actor.ts";
import type { Dot } from "../src/dot.ts";
import { nameOf } from "./arbitraries.ts";

/** What a row holds, under some notion C of a causal context. */
export interface Row<C> {
  readonly context: C;
  readonly siblings: readonly { readonly dot: Dot }[];
}

/** The rules under test: real ones, or wrong ones that must be caught. */
export interface Rules<C> {
  readonly nothing: Row<C>;
  merge(a: Row<C>, b: Row<C>): Row<C>;
  put(row: Row<C>, dot: Dot, seen: C, ownedTo: number | undefined): { set: Row<C>; context: C };
}

export interface Faults {
  /** The coordinator dies after it has sent, before it has committed. */
  readonly crash: boolean;
  /** The coordinator has sent, and its commit fails. */
  readonly failedCommit: boolean;
  /** A fallback hands its row to a primary and drops it. */
  readonly droppedRow: boolean;
}

/** Wrong behaviour of a node, to see it caught. */
export interface Carelessness {
  readonly keepsOwnedToOverFailedCommit: boolean;
}

interface Node<C> {
  actor: string;
  counter: number;
  row: Row<C> | undefined;
  ownedTo: number | undefined;
}

/** A context that some client holds, and the writes that it has really seen. */
interface Held<C> {
  readonly context: C;
  readonly seen: readonly string[];
}

const FALLBACK = 2;

/**
 * One random schedule on one key: two primaries and a fallback, clients that read, put blindly, put
 * with what they have just read and with what they read or wrote long ago, and messages delivered
 * late, twice, out of order or never. Returns the first write that two replicas held durably, that
 * no client had seen and replaced, and that is gone when all is merged.
 */
export function lostWrite<C>(
  seed: number,
  rules: Rules<C>,
  faults: Faults,
  careless: Carelessness = { keepsOwnedToOverFailedCommit: false },
): { lost: string; log: readonly string[] } | undefined {
  const random = new SeededRandom(seed);
  const chance = (percent: number): boolean => below(random, 100) < percent;
  const nodes: Node<C>[] = ["a", "b", "f"].map((letter) => ({
    actor: letter.repeat(16),
    counter: 0,
    row: undefined,
    ownedTo: undefined,
  }));
  const messages: { to: Node<C>; set: Row<C>; dot: Dot }[] = [];
  const clients: Held<C>[] = [];
  const replaced = new Set<string>();
  const holders = new Map<string, Set<Node<C>>>();
  const log: string[] = [];

  const hold = (dot: Dot, node: Node<C>): void => {
    const name = nameOf(dot);
    holders.set(name, (holders.get(name) ?? new Set()).add(node));
  };
  const basis = (): Held<C> => {
    const blind: Held<C> = { context: rules.nothing.context, seen: [] };
    if (chance(30)) {
      const { row } = pick(random, nodes);
      if (row === undefined) return blind;
      const read = { context: row.context, seen: row.siblings.map(({ dot }) => nameOf(dot)) };
      clients.push(read);
      return read;
    }
    return clients.length > 0 && chance(30) ? pick(random, clients) : blind;
  };

  const put = (): void => {
    const node = pick(random, nodes);
    const { context, seen } = basis();
    // The counters between belong to other keys.
    node.counter += 1 + below(random, 3);
    const dot: Dot = { actor: node.actor, counter: node.counter };
    const minted = rules.put(node.row ?? rules.nothing, dot, context, node.ownedTo);
    for (const name of seen) replaced.add(name);
    for (const to of nodes) {
      if (to !== node && chance(70)) messages.push({ to, set: minted.set, dot });
    }
    log.push(`put ${nameOf(dot)} over [${seen}]`);
    if (faults.crash && chance(25)) {
      // Half of the time as the store does it, with a fresh actor; else with leased counters, which
      // is harder: what was sent before shares the actor with what comes after.
      if (chance(50)) node.actor = drawActor(random);
      node.counter += 10;
      node.ownedTo = undefined;
      log.push("  crash before the local commit");
    } else if (faults.failedCommit && chance(15)) {
      if (!careless.keepsOwnedToOverFailedCommit) node.ownedTo = undefined;
      log.push("  the local commit fails");
    } else {
      node.row = minted.set;
      node.ownedTo = dot.counter;
      hold(dot, node);
      clients.push({ context: minted.context, seen: [...seen, nameOf(dot)] });
    }
  };

  const deliver = (): void => {
    const index = below(random, messages.length);
    const { to, set, dot } = messages[index]!;
    if (!chance(20)) messages.splice(index, 1);
    to.row = to.row === undefined ? set : rules.merge(to.row, set);
    hold(dot, to);
    log.push(`${to.actor[0]} merges ${nameOf(dot)}`);
  };

  const dropRow = (): void => {
    const fallback = nodes[FALLBACK]!;
    const primary = pick(random, nodes.slice(0, FALLBACK));
    primary.row = rules.merge(primary.row ?? rules.nothing, fallback.row ?? rules.nothing);
    fallback.row = undefined;
    fallback.ownedTo = undefined;
    log.push(`the fallback hands off to ${primary.actor[0]} and drops its row`);
  };

  for (let steps = 4 + below(random, 12); steps > 0; steps--) {
    const dice = below(random, 100);
    if (dice < 50) put();
    else if (dice < 85 && messages.length > 0) deliver();
    else if (faults.droppedRow) dropRow();
  }

  const total = nodes.reduce(
    (all, { row }) => rules.merge(all, row ?? rules.nothing),
    rules.nothing,
  );
  const present = new Set(total.siblings.map(({ dot }) => nameOf(dot)));
  for (const [name, at] of holders) {
    if (at.size >= 2 && !replaced.has(name) && !present.has(name)) return { lost: name, log };
  }
  return undefined;
}
