/** Why tombstones of a partition are still there, for whoever asks. */
export class KeptBecause {
  /** By partition: what the last round that did not end well came to. */
  readonly #troubles = new Map<number, string>();

  /** `trouble`: what kept the partition's last round from its end; undefined: nothing. */
  round(partition: number, trouble: string | undefined): void {
    if (trouble === undefined) this.#troubles.delete(partition);
    else this.#troubles.set(partition, trouble);
  }

  forget(partition: number): void {
    this.#troubles.delete(partition);
  }

  /** `graceLeftMs` undefined: no pass has met the row yet. */
  sentence(partition: number, graceLeftMs: number | undefined): string {
    if (graceLeftMs === undefined) return "deleted; the next pass of collection starts its grace";
    if (graceLeftMs > 0) {
      return `deleted; ${Math.ceil(graceLeftMs / 1_000)} s of grace are left, then it is collected`;
    }
    const trouble = this.#troubles.get(partition);
    if (trouble === undefined) return "deleted; the next pass of collection takes it";
    return `deleted; the last round of its partition was not ended: ${trouble}`;
  }
}
