import { below } from "@coterie/core";
import { encodeMessage } from "../src/codec.ts";
import { defaultSwimConfig } from "../src/config.ts";
import { Cluster, type Summary, summary } from "./cluster.ts";

const PERIOD_MS = defaultSwimConfig.protocolPeriodMs;

export interface TrafficReport {
  readonly members: number;
  /** Of one member in one period. */
  readonly messages: number;
  readonly bytes: number;
}

/** What a quiet cluster says. Every hundredth message is encoded to be weighed. */
export function traffic(members: number, periods: number, seed: number): TrafficReport {
  const cluster = new Cluster(members, seed);
  let messages = 0;
  let weighed = 0;
  cluster.observe = (_, effect) => {
    if (effect.type !== "send") return;
    if (messages++ % 100 === 0) weighed += 100 * encodeMessage(effect.message).length;
  };
  cluster.sim.run(periods * PERIOD_MS);
  const memberPeriods = members * periods;
  return { members, messages: messages / memberPeriods, bytes: weighed / memberPeriods };
}

/** Periods from a change of one member's metadata until all others have heard of it. */
export function dissemination(members: number, updates: number, seed: number): Summary {
  const cluster = new Cluster(members, seed);
  const { sim } = cluster;
  const periods: number[] = [];
  for (let i = 0; i < updates; i++) {
    sim.run(5 * PERIOD_MS + below(sim.random, PERIOD_MS));
    const teller = sim.process(cluster.ids[below(sim.random, members)]!);
    let heard = 0;
    cluster.observe = (_, effect) => {
      if (effect.type === "member" && effect.change.type === "updated") heard++;
    };
    const startMs = sim.nowMs;
    sim.call(teller, () => teller.swim.updateMetadata(new Uint8Array([i])));
    sim.runUntil(() => heard === members - 1, 100 * PERIOD_MS, 20);
    periods.push((sim.nowMs - startMs) / PERIOD_MS);
  }
  return summary(periods);
}
