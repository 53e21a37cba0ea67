import type { Timer, Timers } from "@coterie/core";
import type { GetRequest } from "./get.ts";
import type { GetOutcome } from "./outcomes.ts";
import { RowChains, type RowLink } from "./row-chains.ts";

type Settle = (outcome: GetOutcome) => void;
type Read = (request: GetRequest, settle: Settle) => void;

/** Gets that will be one read; it is not sent yet. */
interface Gathering {
  readonly request: GetRequest;
  readonly waiting: Settle[];
}

/** The reads of one row under way, and those that wait for one of them to end. */
interface Lane extends RowLink<Lane> {
  underWay: number;
  gatherings: readonly Gathering[];
  timer: Timer | undefined;
}

const NONE: readonly Gathering[] = [];

/**
 * How long a get waits at most for the read before it to end. Longer shares more while replicas are slow,
 * and is added to the latency of a get that meets a slow read.
 */
const GATHER_MS = 5;
/** A get joins one whose deadline is no later than its own, and so little earlier that nobody minds. */
const DEADLINE_SLACK_MS = 50;

/**
 * Gets of one key share reads (hot keys): while a read of it is under way, later gets gather and become one
 * read when that ends. However many ask for a key, its replicas are asked for it about once in the time of
 * one read.
 *
 * *A get never joins a read that was sent.* What a read promises, it promises of everything that was
 * acknowledged before it began: a read may have passed a replica just before a write reached it, so a get
 * that begins after that write's acknowledgement and took this read's answer would miss it. A read that is
 * sent after the get came asks every replica after the get began, exactly as a read of its own would, so
 * each promise of an own read (R + W > N, monotonic) holds for all that share it.
 */
export class SharedReads {
  readonly #timers: Timers;
  readonly #read: Read;
  readonly #lanes = new RowChains<Lane>();
  #sent = 0;
  #shared = 0;

  constructor(timers: Timers, read: Read) {
    this.#timers = timers;
    this.#read = read;
  }

  /** Reads that were begun. */
  get sent(): number {
    return this.#sent;
  }

  /** Gets that were answered by the read of another. */
  get shared(): number {
    return this.#shared;
  }

  get(request: GetRequest, settle: Settle): void {
    const { row } = request;
    const lane = this.#lanes.find(row);
    if (lane !== undefined) {
      this.#gather(lane, request, settle);
      return;
    }
    const fresh: Lane = { row, next: undefined, underWay: 0, gatherings: NONE, timer: undefined };
    this.#lanes.add(fresh);
    this.#send(fresh, request, settle);
  }

  #gather(lane: Lane, request: GetRequest, settle: Settle): void {
    const gathering = lane.gatherings.find((other) => fits(request, other.request));
    if (gathering === undefined) {
      lane.gatherings = [...lane.gatherings, { request, waiting: [settle] }];
    } else {
      gathering.waiting.push(settle);
      this.#shared++;
    }
    lane.timer ??= this.#timers.after(GATHER_MS, () => this.#release(lane));
  }

  #send(lane: Lane, request: GetRequest, settle: Settle): void {
    lane.underWay++;
    this.#sent++;
    this.#read(request, (outcome) => {
      settle(outcome);
      lane.underWay--;
      this.#release(lane);
    });
  }

  /** A read ended, or was waited for long enough: what gathered is sent. */
  #release(lane: Lane): void {
    lane.timer?.cancel();
    lane.timer = undefined;
    const { gatherings } = lane;
    lane.gatherings = NONE;
    for (const { request, waiting } of gatherings) {
      this.#send(lane, request, (outcome) => {
        for (const settle of waiting) settle(outcome);
      });
    }
    if (lane.underWay === 0) this.#lanes.remove(lane);
  }
}

function fits(request: GetRequest, other: GetRequest): boolean {
  const { consistency: ours, deadlineMs } = request;
  const { consistency: theirs } = other;
  const slackMs = deadlineMs - other.deadlineMs;
  return (
    request.bucket === other.bucket &&
    request.monotonic === other.monotonic &&
    ours.strict === theirs.strict &&
    ours.count === theirs.count &&
    ours.level === theirs.level &&
    slackMs >= 0 &&
    slackMs <= DEADLINE_SLACK_MS
  );
}
