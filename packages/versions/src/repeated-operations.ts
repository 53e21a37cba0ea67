import { fromHex } from "@coterie/core";
import type { IntervalClock } from "@coterie/vector-clock";
import { followInContextToken, readContextToken } from "./context-token.ts";

/** Of so many keys the operations are remembered; the oldest is forgotten first. */
const KEYS_MAX = 10_000;
/** Of one key, the latest. */
const OPERATIONS_MAX = 8;

interface Repeated {
  readonly operationId: string;
  /** Of its acknowledgement: whoever has seen as much has seen the operation. */
  readonly context: IntervalClock;
}

/**
 * The operations of a client that were attempted more than once, by itself or by the node that it asked. A replica that
 * knows one attempt alone hands out contexts that say nothing of another, which may be stuck somewhere and come up
 * later; the client knows better. So it names them when it reads (`of`), for the node to add those that it finds, and
 * adds them itself to contexts that have seen the attempt that was acknowledged (`follow`): whatever is written with
 * such a context *follows* them (`Version.follows`).
 */
export class RepeatedOperations {
  readonly #byKey = new Map<string, readonly Repeated[]>();

  /** An operation that was attempted more than once, 32 hexadecimal digits, was acknowledged with this context token. */
  note(key: string, operationId: string, acknowledged: Uint8Array): void {
    const decoded = readContextToken(acknowledged);
    if (decoded === undefined) return;
    const earlier = this.#byKey.get(key)?.filter((each) => each.operationId !== operationId) ?? [];
    const latest = { operationId, context: decoded.context };
    this.#byKey.delete(key);
    this.#byKey.set(key, [latest, ...earlier].slice(0, OPERATIONS_MAX));
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > KEYS_MAX) this.#byKey.delete(oldest!);
  }

  /** Those of the key, the latest first, 16 bytes each. */
  of(key: string): Uint8Array[] {
    return this.#byKey.get(key)?.map(({ operationId }) => fromHex(operationId)!) ?? [];
  }

  /** A context token of the key, following what it has seen of them; bytes that are no token stay as they are. */
  follow(key: string, context: Uint8Array): Uint8Array {
    const repeated = this.#byKey.get(key);
    if (repeated === undefined) return context;
    const seen = readContextToken(context)?.context;
    const met = repeated.filter((each) => seen?.descends(each.context) === true);
    return met.reduceRight(
      (token, { operationId }) => followInContextToken(token, operationId),
      context,
    );
  }

  /** Nothing was attempted more than once: no context need be looked at. */
  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  clear(): void {
    this.#byKey.clear();
  }
}
