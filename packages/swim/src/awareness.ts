/**
 * The local health multiplier [Lifeguard §IV.A]: a score of how much this member doubts itself, from 0
 * (healthy) to `max`. Its probe timeout and protocol period are stretched by score + 1.
 */
export class Awareness {
  readonly #max: number;
  #score = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  /** A probe was answered. */
  probeAnswered(): void {
    this.#add(-1);
  }

  /**
   * A probe was not answered, directly or through helpers. Helpers that say "I am here, the target is
   * silent" clear this member of blame; each that says nothing adds to it. Without helpers the failure
   * itself counts. (The paper adds one for the failure in any case; then a network partition, which
   * makes probes fail whose helpers answer, would slow the healthy down.)
   */
  probeFailed(helpers: number, nacks: number): void {
    this.#add(helpers === 0 ? 1 : Math.max(0, helpers - nacks));
  }

  /** This member had to refute an accusation: others found it slow. */
  refuted(): void {
    this.#add(1);
  }

  /** This process stood still (event loop, garbage collection, disk): one for each `stepMs` of it. */
  lagged(lagMs: number, stepMs: number): void {
    this.#add(Math.floor(lagMs / stepMs));
  }

  scale(ms: number): number {
    return ms * (this.#score + 1);
  }

  #add(delta: number): void {
    this.#score = Math.min(this.#max, Math.max(0, this.#score + delta));
  }
}
