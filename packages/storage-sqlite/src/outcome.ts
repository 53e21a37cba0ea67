// One executor for all promises: no closure for each.
let resolveNext!: (value: never) => void;
const executor = (resolve: (value: never) => void): void => {
  resolveNext = resolve;
};

/** A result that is to come, and a promise of it for whoever asks: without one a promise would be made in vain. */
export class Outcome<T> {
  #result: T | undefined;
  #promise: Promise<T> | undefined;
  #resolve: ((result: T) => void) | undefined;

  /** Undefined before `settle`. */
  get result(): T | undefined {
    return this.#result;
  }

  get promise(): Promise<T> {
    if (this.#promise === undefined && this.#result !== undefined) {
      this.#promise = Promise.resolve(this.#result);
    } else if (this.#promise === undefined) {
      this.#promise = new Promise(executor);
      this.#resolve = resolveNext as (result: T) => void;
    }
    return this.#promise;
  }

  /** Once. */
  settle(result: T): void {
    this.#result = result;
    this.#resolve?.(result);
  }
}
