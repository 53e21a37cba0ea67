import { create } from "@bufbuild/protobuf";
import type { Clock, NodeId, Random, Timer, Timers } from "@coterie/core";
import {
  type Amendment,
  type NodeRingReport,
  nextStep,
  type RingChanges,
  type RingReports,
} from "@coterie/rebalance";
import { type RingRecord, RingView } from "@coterie/shard-engine";
import { RingReportRequestSchema } from "@coterie/wire";
import { describeError } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import type { RegisterValue } from "./register-state.ts";
import type { RingControl } from "./ring-control.ts";
import { forceRegister } from "./ring-force.ts";
import { reportFromWire } from "./ring-report.ts";

export interface RingDriverParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly control: RingControl;
  readonly peers: Peers;
  readonly membership: Membership;
  readonly report: () => Promise<NodeRingReport>;
  readonly onEvent: (event: NodeEvent) => void;
}

const TICK_MS = 500;
/** Each node waits so much longer than the one before it in the order of ids until it takes over. */
const TURN_MS = 2_000;
const STEP_MS = 5_000;
const REPORT_MS = 1_000;
/** Other proposers may come first so often before an operator is told to try again. */
const TRIES = 8;

/**
 * Drives ring changes (design §9). Any node may: a step is a compare-and-set on the register, so that two
 * drivers do no harm. Mostly one does, the first owner that lives; when nothing moves the others follow.
 */
export class RingDriver implements RingChanges {
  readonly #parts: RingDriverParts;
  #timer: Timer | undefined;
  #stopped = false;
  #version = 0;
  /** When the register was last seen to change. */
  #changedMs = 0;

  constructor(parts: RingDriverParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.timers.after(TICK_MS, () => {
      void this.#tick()
        .catch((error) => {
          const { onEvent } = this.#parts;
          onEvent({ type: "fault", doing: "changing the ring", detail: describeError(error) });
        })
        .finally(() => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async amend(change: Parameters<RingChanges["amend"]>[0]): Promise<Amendment> {
    const { register } = this.#parts.control;
    for (let tries = 0; tries < TRIES; tries++) {
      const now = await register.read(STEP_MS);
      if (now.type === "failed" || now.type === "inDoubt") {
        return { type: "failed", reason: `too few owners answer: ${now.detail}` };
      }
      const verdict = change(now.value.record);
      if (verdict.type === "refused") return verdict;
      const { record } = verdict;
      const acceptors = this.#acceptorsOf(record, now.value);
      const isOwner = (id: NodeId): boolean => record.owners.some((owner) => owner.id === id);
      const unmet = record.next.find(({ id }) => !acceptors.has(id) && !isOwner(id));
      if (unmet !== undefined) {
        return { type: "failed", reason: `${unmet.id} was never met: start it, and try again` };
      }
      const swap = await register.swap(now.value, { record, acceptors }, STEP_MS);
      if (swap.type === "failed") return { type: "failed", reason: swap.detail };
      if (swap.type === "inDoubt") return { type: "inDoubt", reason: swap.detail };
      if (swap.type === "ok") {
        await this.#parts.control.keeper.settled();
        return { type: "done", record };
      }
    }
    return { type: "failed", reason: "others change the ring at the same time: try again" };
  }

  force(gone: readonly NodeId[]): Promise<Amendment> {
    return forceRegister({ ...this.#parts, reports: () => this.reports() }, gone);
  }

  async reports(): Promise<RingReports> {
    const { self, report, cluster, membership } = this.#parts;
    const { owners, next } = cluster.ring.record;
    const ids = new Set([...owners, ...next].map(({ id }) => id));
    for (const { id, state } of membership.others) if (state !== "dead") ids.add(id);
    ids.delete(self);
    const reports = new Map<NodeId, NodeRingReport>([[self, await report()]]);
    const asked = [...ids].sort().map(async (id) => {
      const told = await this.#ask(id);
      if (told !== undefined) reports.set(id, told);
    });
    await Promise.all(asked);
    return reports;
  }

  async #ask(id: NodeId): Promise<NodeRingReport | undefined> {
    const body = { case: "ringReport" as const, value: create(RingReportRequestSchema) };
    const result = await this.#parts.peers.call(id, body, REPORT_MS);
    if (result.type !== "reply" || result.reply.body.case !== "ringReport") return undefined;
    return reportFromWire(result.reply.body.value);
  }

  async #tick(): Promise<void> {
    const state = this.#parts.control.keeper.state;
    if (state === undefined || !this.#isOurTurn(state.value)) return;
    const { record, version } = state.value;
    const { acceptor, register } = this.#parts.control;
    // Whoever wrote it crashed before it told anybody: perhaps it is chosen.
    if (acceptor.acceptedVersion > version) await register.read(STEP_MS);
    else if (record.change !== undefined && !record.change.paused) await this.#drive(record);
    else await this.#renewAcceptors(state.value);
  }

  #isOurTurn(value: RegisterValue): boolean {
    const { self, clock, membership } = this.#parts;
    const { record, version } = value;
    const nowMs = clock.monotonicMs();
    if (version !== this.#version) {
      this.#version = version;
      this.#changedMs = nowMs;
    }
    const living = [...record.owners, ...record.next]
      .map(({ id }) => id)
      .filter((id) => id === self || membership.stateOf(id) === "alive");
    const place = [...new Set(living)].sort().indexOf(self);
    return place >= 0 && nowMs - this.#changedMs >= place * TURN_MS;
  }

  async #drive(record: RingRecord): Promise<void> {
    const step = nextStep(new RingView(record), await this.reports());
    if (step.type !== "advance" || this.#stopped) return;
    await this.amend((current) =>
      current.epoch === record.epoch
        ? { type: "accepted", record: step.record }
        : { type: "refused", reason: "another step came first" },
    );
  }

  /** An owner that was met for the first time gets a say; one that lost its disk gets its new acceptor in. */
  async #renewAcceptors(value: RegisterValue): Promise<void> {
    const acceptors = this.#acceptorsOf(value.record, value);
    const isCurrent =
      acceptors.size === value.acceptors.size &&
      [...acceptors].every(([id, acceptor]) => value.acceptors.get(id) === acceptor);
    if (isCurrent) return;
    await this.#parts.control.register.swap(value, { record: value.record, acceptors }, STEP_MS);
  }

  /** An owner without a say, never met or given up when the ring was forced, gets one when it is there. */
  #acceptorsOf({ owners, next }: RingRecord, known: RegisterValue): Map<NodeId, string> {
    const { cluster, membership, self, control } = this.#parts;
    const acceptors = new Map<NodeId, string>();
    for (const { id } of [...owners, ...next]) {
      const isAlive = membership.stateOf(id) === "alive" && !control.keeper.rivals.has(id);
      const isThere = id === self || isAlive;
      const before = known.acceptors.get(id);
      const met = before !== undefined || isThere ? cluster.acceptorOf(id) : undefined;
      const acceptor = met ?? before;
      if (acceptor !== undefined) acceptors.set(id, acceptor);
    }
    return acceptors;
  }
}
