/** Says that this replica may lack data of a partition (or of all the shard's), or that it no longer does. */
export interface SetRecoveringCommand {
  readonly type: "setRecovering";
  readonly partition: number | "all";
  readonly recovering: boolean;
  /** `ShardStats.recoveryMark` when the recovery of the partition began: damage found since then is not forgotten. */
  readonly mark?: number;
}

/**
 * Gives up the damaged rows that were met in a partition and that nobody has written over: what stood there is lost,
 * and the partition recovers.
 */
export interface DropDamagedCommand {
  readonly type: "dropDamaged";
  readonly partition: number;
}

export type RecoveryCommand = SetRecoveringCommand | DropDamagedCommand;
