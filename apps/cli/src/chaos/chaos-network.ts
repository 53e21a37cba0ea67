/** The network of a cluster under chaos. Nodes go by their ids; clients are never cut off. */
export interface ChaosNetwork {
  /** Another way to say which it is, for people. */
  readonly name: string;
  /** Whether it can delay what is sent. */
  readonly canSlow: boolean;
  /** Nothing that `from` sends reaches `to` any more, and neither is told. */
  cut(from: string, to: string): void;
  /** All that is sent from and to the node arrives this much later; 0: as usual. */
  slow(node: string, delayMs: number): void;
  /** Breaks what connections there are between the two. */
  reset(a: string, b: string): void;
  /** Every way is open again. */
  heal(): void;
  close(): void;
}
