/** What one replica holds of one key when the run has ended and everything has healed. */
export interface ReplicaState {
  readonly node: string;
  /** Operation ids of all siblings, tombstones and twins included; undefined: no row. */
  readonly operations: readonly string[] | undefined;
  /** Operation ids of what a reader would see. */
  readonly live: readonly string[];
  /** The causality of the row in hexadecimal; equal exactly when the clocks are. */
  readonly causality: string;
}

/** By key, the state at each of its primaries. */
export type FinalState = ReadonlyMap<string, readonly ReplicaState[]>;
