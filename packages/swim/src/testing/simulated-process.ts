import type { NodeId } from "@coterie/core";
import type { Message } from "../messages.ts";
import type { Swim } from "../swim.ts";

/** What arrived while a process was paused; a full socket buffer drops the rest. */
const INBOX_MAX = 4_096;

/** One life of one member: from a start to a crash. */
export class SimulatedProcess {
  readonly id: NodeId;
  readonly address: string;
  readonly swim: Swim;
  /** Its clock is ahead of the simulation's by that much: members share no time. */
  readonly skewMs: number;
  /** When it is next woken up; events for other times are void. */
  wakeMs = Number.POSITIVE_INFINITY;
  isRunning = true;
  isPaused = false;
  readonly inbox: { readonly from: string; readonly message: Message }[] = [];

  constructor(id: NodeId, address: string, swim: Swim, skewMs: number) {
    this.id = id;
    this.address = address;
    this.swim = swim;
    this.skewMs = skewMs;
  }

  hold(from: string, message: Message): void {
    if (this.inbox.length < INBOX_MAX) this.inbox.push({ from, message });
  }
}
