import { Cluster } from "./cluster.ts";

export interface HealingReport {
  readonly members: number;
  /** Whether each half had declared all of the other dead. */
  readonly divided: boolean;
  /** From the healing until every member holds every other alive; undefined when it takes over an hour. */
  readonly healedMs: number | undefined;
  /** Members that healing itself made someone declare dead. */
  readonly deathsWhileHealing: number;
}

/** Cuts a cluster in half for long enough that each half buries the other, and heals it. */
export function halves(members: number, seed: number): HealingReport {
  const cluster = new Cluster(members, seed);
  const { sim, ids } = cluster;
  const half = members >> 1;
  sim.network.partition(ids.slice(0, half), ids.slice(half));
  const divided = sim.runUntil(
    () =>
      sim.processes.every(({ swim }, i) => swim.livingCount === (i < half ? half : members - half)),
    7_200_000,
    5_000,
  );
  sim.run(60_000);
  let deathsWhileHealing = 0;
  cluster.observe = (_, effect) => {
    if (effect.type === "member" && effect.change.type === "dead") deathsWhileHealing++;
  };
  const startMs = sim.nowMs;
  sim.network.heal();
  const healed = sim.runUntil(() => cluster.agrees(), 3_600_000, 500);
  return {
    ...{ members, divided, deathsWhileHealing },
    healedMs: healed ? sim.nowMs - startMs : undefined,
  };
}
