import { fraction, pick, type Random } from "@coterie/core";
import type { SwimConfig } from "./config.ts";
import { isLiving } from "./member-record.ts";
import type { Membership } from "./membership.ts";
import type { Peer } from "./messages.ts";

/** Attempts on each lost member in one interval, by the whole cluster. */
const ATTEMPTS = 3;
/** A member without company tries this many times a protocol period apart. */
const ALONE_PERIODS = 2;

/**
 * Whom to try although nobody there is believed to live: the dead, and seeds that no living member
 * answers for. Without it two halves of a network partition that have declared each other dead, or two
 * groups that restarted apart, would never meet again. Those who left are not called back.
 */
export class Reconnect {
  readonly #config: SwimConfig;
  readonly #random: Random;
  #seeds: readonly string[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(config: SwimConfig, random: Random) {
    this.#config = config;
    this.#random = random;
  }

  begin(nowMs: number): void {
    this.#dueMs = nowMs + fraction(this.#random) * this.#config.reconnectIntervalMs;
  }

  end(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  get deadlineMs(): number {
    return this.#dueMs;
  }

  /** Addresses to fall back on for as long as this member runs. */
  setSeeds(seeds: readonly string[], nowMs: number): void {
    this.#seeds = [...new Set(seeds)];
    this.#dueMs = nowMs + ALONE_PERIODS * this.#config.protocolPeriodMs;
  }

  /** One peer to open a push-pull with, or undefined when it is not this member's turn. */
  tick(nowMs: number, members: Membership, ownAddress: string): Peer | undefined {
    if (nowMs < this.#dueMs) return undefined;
    const alone = members.livingCount <= 1;
    const { protocolPeriodMs, reconnectIntervalMs } = this.#config;
    this.#dueMs =
      nowMs +
      (alone
        ? Math.min(ALONE_PERIODS * protocolPeriodMs, reconnectIntervalMs)
        : reconnectIntervalMs);
    const lost = this.#lost(members, ownAddress);
    const turn = fraction(this.#random) * members.livingCount < ATTEMPTS * lost.length;
    return turn ? pick(this.#random, lost) : undefined;
  }

  #lost(members: Membership, ownAddress: string): Peer[] {
    const lost: Peer[] = [];
    const unanswered = new Set(this.#seeds);
    unanswered.delete(ownAddress);
    for (const record of members) {
      if (isLiving(record)) unanswered.delete(record.address);
      else if (record.state === "dead") lost.push({ id: record.id, address: record.address });
    }
    for (const address of unanswered) lost.push({ id: undefined, address });
    return lost;
  }
}
