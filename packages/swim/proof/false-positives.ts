import { below, fraction, type NodeId, shuffle } from "@coterie/core";
import type { SwimConfig } from "../src/config.ts";
import { Cluster } from "./cluster.ts";

export interface FalsePositiveReport {
  readonly members: number;
  readonly memberHours: number;
  /** Times that some member was first suspected at an incarnation, by anyone. */
  readonly suspicions: number;
  /** Times that some member was first declared dead at an incarnation, by anyone. */
  readonly deaths: number;
  /** Declarations, one for each member that made or took over one. */
  readonly declarations: number;
}

/** Nobody crashes; 5 % of the messages are lost. Whoever is declared dead is a false positive. */
export function underLoss(members: number, memberHours: number, seed: number): FalsePositiveReport {
  const cluster = new Cluster(members, seed, { network: { loss: 0.05 } });
  const count = countAccusations(cluster, () => true);
  cluster.sim.run((memberHours / members) * 3_600_000);
  return { members, memberHours, ...count() };
}

/**
 * A few members are disturbed again and again, the others are healthy. *Starved*: a few milliseconds of
 * work, then up to two seconds of standstill, in turns. *Paused*: half a second of work, then up to 15 s.
 * Counts what anyone says against the healthy.
 */
export function underPauses(
  members: number,
  paused: number,
  hours: number,
  config: Partial<SwimConfig>,
  seed: number,
): FalsePositiveReport {
  const cluster = new Cluster(members, seed, { config });
  const { sim } = cluster;
  const slow = new Set(shuffle(sim.random, [...cluster.ids]).slice(0, paused));
  const count = countAccusations(cluster, (id) => !slow.has(id));
  const untilMs = sim.nowMs + hours * 3_600_000;
  for (const id of slow) {
    const again = (): void => {
      if (sim.nowMs >= untilMs) return;
      const forMs = 10_000 + fraction(sim.random) * 50_000;
      const starved = below(sim.random, 2) === 0;
      const [runMs, pauseMs] = starved ? [below(sim.random, 10), 2_000] : [500, 15_000];
      sim.starve(id, runMs, fraction(sim.random) * pauseMs, sim.nowMs + forMs);
      // Longer than the last pause; then comes an undisturbed while.
      sim.after(forMs + pauseMs + fraction(sim.random) * 40_000, again);
    };
    sim.after(fraction(sim.random) * 60_000, again);
  }
  sim.run(hours * 3_600_000);
  return { members, memberHours: members * hours, ...count() };
}

function countAccusations(
  cluster: Cluster,
  counts: (id: NodeId) => boolean,
): () => { suspicions: number; deaths: number; declarations: number } {
  const suspicions = new Set<string>();
  const deaths = new Set<string>();
  let declarations = 0;
  cluster.observe = (_, effect) => {
    if (effect.type !== "member" || !counts(effect.change.member.id)) return;
    const { id, incarnation } = effect.change.member;
    if (effect.change.type === "suspected") suspicions.add(`${id}@${incarnation}`);
    if (effect.change.type !== "dead") return;
    deaths.add(`${id}@${incarnation}`);
    declarations++;
  };
  return () => ({ suspicions: suspicions.size, deaths: deaths.size, declarations });
}
