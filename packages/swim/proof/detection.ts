import { below, type NodeId, shuffle } from "@coterie/core";
import { defaultSwimConfig } from "../src/config.ts";
import { Cluster, type Summary, summary } from "./cluster.ts";

const PERIOD_MS = defaultSwimConfig.protocolPeriodMs;
const DETECTION_LIMIT_MS = 600_000;

/** Times are in protocol periods from the crash. */
export interface DetectionReport {
  readonly members: number;
  readonly crashes: number;
  /** Crashes that every survivor declared. */
  readonly detectedByAll: number;
  /** To the first ping of the crashed member. */
  readonly firstProbe: Summary;
  /** From that ping to the first suspicion. */
  readonly suspicion: Summary;
  /** To the last survivor that declares it dead. */
  readonly deadEverywhere: Summary;
}

/** Crashes members at random moments, a few at a time, and brings them back when all have noticed. */
export function detection(members: number, crashes: number, seed: number): DetectionReport {
  const cluster = new Cluster(members, seed);
  const { sim } = cluster;
  const batch = Math.max(1, Math.floor(members / 64));
  const firstProbe: number[] = [];
  const suspicion: number[] = [];
  const deadEverywhere: number[] = [];
  let detectedByAll = 0;
  for (let done = 0; done < crashes; done += batch) {
    const victims = shuffle(sim.random, [...cluster.ids]).slice(0, Math.min(batch, crashes - done));
    const crashMs = new Map<NodeId, number>();
    const probeMs = new Map<NodeId, number>();
    const suspicionMs = new Map<NodeId, number>();
    const deadMs = new Map<NodeId, number[]>();
    cluster.observe = (_, effect, nowMs) => {
      if (effect.type === "send" && effect.message.body.type === "ping") {
        first(probeMs, effect.to.id!, crashMs, nowMs);
      } else if (effect.type === "member" && effect.change.type === "suspected") {
        first(suspicionMs, effect.change.member.id, crashMs, nowMs);
      } else if (effect.type === "member" && effect.change.type === "dead") {
        deadMs.get(effect.change.member.id)?.push(nowMs);
      }
    };
    for (const id of victims) {
      sim.run(below(sim.random, 2 * PERIOD_MS));
      sim.crash(id);
      crashMs.set(id, sim.nowMs);
      deadMs.set(id, []);
    }
    const survivors = members - victims.length;
    sim.runUntil(
      () => victims.every((id) => deadMs.get(id)!.length === survivors),
      DETECTION_LIMIT_MS,
    );
    detectedByAll += victims.filter((id) => cluster.allHold(id, "dead")).length;
    for (const id of victims) {
      const crashedMs = crashMs.get(id)!;
      firstProbe.push((probeMs.get(id)! - crashedMs) / PERIOD_MS);
      suspicion.push((suspicionMs.get(id)! - probeMs.get(id)!) / PERIOD_MS);
      deadEverywhere.push((Math.max(...deadMs.get(id)!) - crashedMs) / PERIOD_MS);
      sim.start(id, { seeds: cluster.ids.filter((other) => other !== id).slice(0, 3) });
    }
    sim.runUntil(
      () => victims.every((id) => cluster.allHold(id, "alive")),
      DETECTION_LIMIT_MS,
      500,
    );
    sim.run(3 * PERIOD_MS);
  }
  return {
    ...{ members, crashes, detectedByAll },
    firstProbe: summary(firstProbe),
    suspicion: summary(suspicion),
    deadEverywhere: summary(deadEverywhere),
  };
}

/**
 * Checks the harness against theory: with lockstep rounds and purely random targets, a member is first
 * probed after 1 / (1 - (1 - 1/(n-1))^(n-1)) rounds on average, which tends to e / (e - 1) [SWIM §3.1].
 */
export function lockstepRounds(members: number, crashes: number, seed: number): Summary {
  const config = { probeOrder: "random", firstProbeMs: PERIOD_MS } as const;
  const cluster = new Cluster(members, seed, { config });
  const { sim } = cluster;
  const rounds: number[] = [];
  for (let done = 0; done < crashes; done++) {
    // Rounds are at the multiples of the period and some; half a period later none is under way.
    sim.run(PERIOD_MS * Math.ceil(sim.nowMs / PERIOD_MS) + PERIOD_MS / 2 - sim.nowMs);
    const roundMs = sim.nowMs - PERIOD_MS / 2;
    const id = cluster.ids[below(sim.random, members)]!;
    let probeMs: number | undefined;
    cluster.observe = (_, effect, nowMs) => {
      if (effect.type === "send" && effect.message.body.type === "ping" && effect.to.id === id) {
        probeMs ??= nowMs;
      }
    };
    sim.crash(id);
    sim.runUntil(() => probeMs !== undefined, DETECTION_LIMIT_MS);
    rounds.push(Math.round((probeMs! - roundMs) / PERIOD_MS));
    sim.runUntil(() => cluster.allHold(id, "dead"), DETECTION_LIMIT_MS);
    sim.run(PERIOD_MS * Math.ceil(sim.nowMs / PERIOD_MS) - sim.nowMs);
    sim.start(id, { seeds: [cluster.ids.find((other) => other !== id)!] });
    sim.runUntil(() => cluster.allHold(id, "alive"), DETECTION_LIMIT_MS);
  }
  return summary(rounds);
}

export function expectedRounds(members: number): number {
  return 1 / (1 - (1 - 1 / (members - 1)) ** (members - 1));
}

function first(
  times: Map<NodeId, number>,
  id: NodeId,
  crashMs: ReadonlyMap<NodeId, number>,
  nowMs: number,
): void {
  if (crashMs.has(id) && !times.has(id)) times.set(id, nowMs);
}
