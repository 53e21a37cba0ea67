import type { Mode } from "@coterie/versions";

/** The numbers of a bucket that decide its quorums, and how its concurrent writes are settled. */
export interface Bucket {
  readonly name: string;
  /** N: replicas of each key, a count of slots: fewer owners in the ring do not lower it. */
  readonly n: number;
  /** Answers that a read waits for when the request names none. */
  readonly r: number;
  /** Durable copies that a write waits for when the request names none. */
  readonly w: number;
  /** A strict read below it is refused. */
  readonly rMin: number;
  /** A strict write below it is refused. */
  readonly wMin: number;
  readonly mode: Mode;
  /** How long a put lives that names no expiry of its own, milliseconds; undefined: for ever. */
  readonly ttlMs?: number;
}
