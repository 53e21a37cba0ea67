import { RepeatedOperations } from "@coterie/versions";

/** What a client remembers of a key: the context it was given last, and which writes that covers. */
export interface Seen {
  readonly context: Uint8Array;
  readonly operations: ReadonlySet<string>;
}

export const NOTHING_SEEN: Seen = { context: new Uint8Array(), operations: new Set() };

/** A client's memory of its keys; from its second attempt on an operation may come up again, and contexts say so. */
export class SeenKeys {
  readonly #keys = new Map<string, Seen>();
  readonly #repeated = new RepeatedOperations();

  of(key: string): Seen {
    return this.#keys.get(key) ?? NOTHING_SEEN;
  }

  /** Operations that may come up again: to be named when the key is read. */
  attemptedAgain(key: string): Uint8Array[] {
    return this.#repeated.of(key);
  }

  read(key: string, context: Uint8Array, returned: readonly string[]): void {
    const operations = new Set(returned);
    this.#keys.set(key, { context: this.#repeated.follow(key, context), operations });
  }

  /** A write based on `seen` was acknowledged with this context. */
  acknowledged(
    key: string,
    operationId: string,
    seen: Seen,
    context: Uint8Array,
    attemptedAgain: boolean,
  ): void {
    if (attemptedAgain) this.#repeated.note(key, operationId, context);
    const operations = new Set([...seen.operations, operationId]);
    this.#keys.set(key, { context: this.#repeated.follow(key, context), operations });
  }

  /** An operation is sent again. */
  repeated(key: string, operationId: string): void {
    const { context, operations } = this.of(key);
    if (!operations.has(operationId)) return;
    this.#repeated.note(key, operationId, context);
    this.#keys.set(key, { context: this.#repeated.follow(key, context), operations });
  }

  clear(): void {
    this.#keys.clear();
    this.#repeated.clear();
  }
}
