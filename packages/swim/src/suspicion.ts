import type { NodeId } from "@coterie/core";
import type { SwimConfig } from "./config.ts";

/**
 * How long a suspicion lasts in all [Lifeguard §IV.B]: from `maxMs` with no confirmation down to `minMs`
 * with `wanted`, in logarithmic steps, so that the first confirmations count most.
 */
export function suspicionTimeoutMs(
  minMs: number,
  maxMs: number,
  confirmations: number,
  wanted: number,
): number {
  if (wanted === 0) return minMs;
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return Math.max(minMs, maxMs - (maxMs - minMs) * share);
}

interface Suspicion {
  readonly accusers: Set<NodeId>;
  readonly wanted: number;
  readonly minMs: number;
  readonly maxMs: number;
  startMs: number;
}

/** The open suspicions of one member's view. When one runs out, the suspect is declared dead. */
export class Suspicions {
  readonly #config: SwimConfig;
  readonly #open = new Map<NodeId, Suspicion>();
  /** The earliest deadline, or undefined when it must be found anew. */
  #deadlineMs: number | undefined = Number.POSITIVE_INFINITY;

  constructor(config: SwimConfig) {
    this.#config = config;
  }

  /** `living` counts the members that could confirm, this one and the suspect included. */
  start(id: NodeId, accuser: NodeId, living: number, nowMs: number): void {
    const { suspicionMultiplier, suspicionMaxFactor, suspicionConfirmations } = this.#config;
    const minMs =
      suspicionMultiplier * Math.max(1, Math.log10(living)) * this.#config.protocolPeriodMs;
    this.#open.set(id, {
      accusers: new Set([accuser]),
      wanted: Math.max(0, Math.min(suspicionConfirmations, living - 2)),
      minMs,
      maxMs: minMs * suspicionMaxFactor,
      startMs: nowMs,
    });
    this.#deadlineMs = undefined;
  }

  /** Counts a further accuser; true when it is one of the first K, whose word is passed on. */
  confirm(id: NodeId, accuser: NodeId): boolean {
    const suspicion = this.#open.get(id);
    if (suspicion === undefined || suspicion.accusers.has(accuser)) return false;
    if (suspicion.accusers.size > suspicion.wanted) return false;
    suspicion.accusers.add(accuser);
    this.#deadlineMs = undefined;
    return true;
  }

  stop(id: NodeId): void {
    if (this.#open.delete(id)) this.#deadlineMs = undefined;
  }

  clear(): void {
    this.#open.clear();
    this.#deadlineMs = undefined;
  }

  get deadlineMs(): number {
    if (this.#deadlineMs === undefined) {
      let earliest = Number.POSITIVE_INFINITY;
      for (const suspicion of this.#open.values()) earliest = Math.min(earliest, endMs(suspicion));
      this.#deadlineMs = earliest;
    }
    return this.#deadlineMs;
  }

  /** Ends the suspicions whose time is up and names their suspects. */
  expired(nowMs: number): NodeId[] {
    if (nowMs < this.deadlineMs) return [];
    const ids: NodeId[] = [];
    for (const [id, suspicion] of this.#open) if (endMs(suspicion) <= nowMs) ids.push(id);
    for (const id of ids) this.stop(id);
    return ids;
  }

  /** This member stood still for so long; the suspects get the time back. */
  postpone(byMs: number): void {
    for (const suspicion of this.#open.values()) suspicion.startMs += byMs;
    this.#deadlineMs = undefined;
  }
}

function endMs({ startMs, minMs, maxMs, accusers, wanted }: Suspicion): number {
  return startMs + suspicionTimeoutMs(minMs, maxMs, accusers.size - 1, wanted);
}
