import type { Timers } from "@coterie/core";
import type { CoterieError } from "./coterie-error.ts";

/** The end of one call before its answer: the caller's signal or the store's close. Its timers end with it. */
export class CallEnd {
  readonly #timers: Timers;
  readonly #listeners = new Set<(error: CoterieError) => void>();
  #error: CoterieError | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get error(): CoterieError | undefined {
    return this.#error;
  }

  end(error: CoterieError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const listener of this.#listeners) listener(error);
    this.#listeners.clear();
  }

  /** Returns what takes the listener off. */
  onEnd(listener: (error: CoterieError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns what cancels it. Never calls back after the end. */
  after(delayMs: number, callback: () => void): () => void {
    if (this.#error !== undefined) return () => {};
    const cancel = (): void => {
      timer.cancel();
      off();
    };
    const off = this.onEnd(cancel);
    const timer = this.#timers.after(delayMs, () => {
      off();
      callback();
    });
    return cancel;
  }

  /** Resolves early when the call ends. */
  sleep(delayMs: number): Promise<void> {
    if (this.#error !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const off = this.onEnd(() => resolve());
      this.after(delayMs, () => {
        off();
        resolve();
      });
    });
  }
}
