/** Sessions remembered at once; more than a few of one id is an operator's accident already. */
const SESSIONS_MAX = 32;

interface Stranger {
  challengedMs: number;
  sequence: number;
  isTwin: boolean;
}

/**
 * Finds another *living* process with this member's id (a copied data directory). A record of another
 * session proves nothing: it may be this member's earlier life. So whoever claims the id at another
 * address is pinged, and only an answer from another session is a clash.
 */
export class ClashWatch {
  readonly #everyMs: number;
  readonly #strangers = new Map<number, Stranger>();

  /** One process is challenged again after `everyMs` at the earliest. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Whether to ping the process of that session now. */
  shouldChallenge(session: number, nowMs: number): boolean {
    const stranger = this.#strangers.get(session);
    if (stranger === undefined) return this.#strangers.size < SESSIONS_MAX;
    return !stranger.isTwin && nowMs >= stranger.challengedMs + this.#everyMs;
  }

  challenged(session: number, sequence: number, nowMs: number): void {
    this.#strangers.set(session, { challengedMs: nowMs, sequence, isTwin: false });
  }

  /** An answer came from `session`: true the first time that it proves a twin. */
  answered(sequence: number, session: number): boolean {
    for (const stranger of this.#strangers.values()) {
      if (stranger.sequence !== sequence || stranger.isTwin) continue;
      if (this.isTwin(session)) return false;
      this.#strangers.set(session, { ...stranger, isTwin: true });
      return true;
    }
    return false;
  }

  /** Whether that session is known to be another living process. */
  isTwin(session: number): boolean {
    return this.#strangers.get(session)?.isTwin === true;
  }
}
