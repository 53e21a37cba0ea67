/** What a leader remembers of candidates; beyond it the rest waits for a later pass. */
const WATCHED_MAX = 100_000;

interface Watched {
  readonly clock: string;
  readonly sinceMs: number;
}

/**
 * The grace of candidates: how long each has stood unchanged, by this node's monotonic clock. It is a
 * courtesy to clients that retry late, not a rule of safety, so it is kept in memory and begins again with the
 * process; no wall clock is asked (trap 13). Pure.
 */
export class Ripening {
  readonly #graceMs: number;
  /** By group, by row. */
  readonly #groups = new Map<string, Map<string, Watched>>();
  #watched = 0;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /**
   * All candidates of a group as they are found now, by row: those that have stood for the grace. It watches
   * the others, and forgets rows of the group that are candidates no more.
   */
  ripe(group: string, candidates: ReadonlyMap<string, string>, nowMs: number): ReadonlySet<string> {
    const before = this.#groups.get(group);
    const now = new Map<string, Watched>();
    const ripe = new Set<string>();
    this.#watched -= before?.size ?? 0;
    for (const [row, clock] of candidates) {
      const watched = before?.get(row);
      const isKnown = watched?.clock === clock;
      if (!isKnown && this.#watched + now.size >= WATCHED_MAX) continue;
      const entry = isKnown ? watched : { clock, sinceMs: nowMs };
      now.set(row, entry);
      if (nowMs - entry.sinceMs >= this.#graceMs) ripe.add(row);
    }
    this.#watched += now.size;
    if (now.size > 0) this.#groups.set(group, now);
    else this.#groups.delete(group);
    return ripe;
  }

  /** Milliseconds until a row of this clock is ripe; undefined: it is not watched. */
  leftMs(group: string, row: string, clock: string, nowMs: number): number | undefined {
    const watched = this.#groups.get(group)?.get(row);
    if (watched?.clock !== clock) return undefined;
    return Math.max(0, watched.sinceMs + this.#graceMs - nowMs);
  }
}
