/** Moments of one kind that ambushes wait for. */
export class Moments<T> {
  #waiters: { readonly wanted: (moment: T) => boolean; readonly tell: (moment: T) => void }[] = [];

  /** The next one that fits. */
  next(wanted: (moment: T) => boolean): Promise<T> {
    return new Promise((tell) => this.#waiters.push({ wanted, tell }));
  }

  /** It has come. */
  add(moment: T): void {
    const waiting = this.#waiters;
    this.#waiters = waiting.filter(({ wanted }) => !wanted(moment));
    for (const { wanted, tell } of waiting) if (wanted(moment)) tell(moment);
  }
}
