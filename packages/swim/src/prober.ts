import { fraction, type NodeId, type Random } from "@coterie/core";
import type { Awareness } from "./awareness.ts";
import type { SwimConfig } from "./config.ts";
import type { Sequence } from "./sequence.ts";
import type { View } from "./view.ts";

/** What a probe does next. */
export type ProbeStep =
  | { readonly type: "ping"; readonly target: NodeId; readonly sequence: number }
  | {
      readonly type: "pingReq";
      readonly target: NodeId;
      readonly helpers: readonly NodeId[];
      readonly sequence: number;
      readonly nackAfterMs: number;
    }
  | { readonly type: "failed"; readonly target: NodeId };

interface Probe {
  readonly target: NodeId;
  readonly sequence: number;
  /** When helpers are asked; Infinity once they were, or once the target has answered. */
  pingReqMs: number;
  endMs: number;
  answered: boolean;
  helpers: readonly NodeId[];
  nacks: Set<NodeId>;
}

/** Helpers report silence after this share of the time that is left: the nack must still travel. */
const NACK_SHARE = 0.8;

/**
 * One member's own probes [SWIM §3.1]: each protocol period ping one member; when it stays silent ask k
 * others to ping it; a period without an answer is a failed probe. The local health multiplier stretches
 * period and timeout alike [Lifeguard §IV.A].
 */
export class Prober {
  readonly #config: SwimConfig;
  readonly #random: Random;
  readonly #view: View;
  readonly #self: NodeId;
  readonly #awareness: Awareness;
  readonly #sequence: Sequence;
  #probe: Probe | undefined;
  #periodMs = Number.POSITIVE_INFINITY;

  constructor(
    config: SwimConfig,
    random: Random,
    view: View,
    self: NodeId,
    awareness: Awareness,
    sequence: Sequence,
  ) {
    this.#config = config;
    this.#random = random;
    this.#view = view;
    this.#self = self;
    this.#awareness = awareness;
    this.#sequence = sequence;
  }

  /** When `tick` next has work. */
  get deadlineMs(): number {
    return Math.min(this.#periodMs, this.#probe?.pingReqMs ?? Number.POSITIVE_INFINITY);
  }

  begin(nowMs: number): void {
    const { firstProbeMs, protocolPeriodMs } = this.#config;
    this.#periodMs = nowMs + (firstProbeMs ?? fraction(this.#random) * protocolPeriodMs);
  }

  /** No more probes; what is open is given up. */
  end(): void {
    this.#periodMs = Number.POSITIVE_INFINITY;
    this.#probe = undefined;
  }

  tick(nowMs: number): ProbeStep[] {
    if (nowMs >= this.#periodMs) return this.#nextPeriod(nowMs);
    if (this.#probe !== undefined && nowMs >= this.#probe.pingReqMs) {
      return this.#askHelpers(this.#probe, nowMs);
    }
    return [];
  }

  /** An ack arrived, from the target or through a helper. True when it answers the open probe. */
  acknowledged(sequence: number, of: NodeId): boolean {
    const probe = this.#probe;
    if (probe === undefined || probe.sequence !== sequence || probe.target !== of) return false;
    if (!probe.answered) {
      probe.answered = true;
      probe.pingReqMs = Number.POSITIVE_INFINITY;
      this.#awareness.probeAnswered();
    }
    return true;
  }

  /** A helper found the target silent, which shows that this member itself is heard. */
  nacked(sequence: number, helper: NodeId): void {
    const probe = this.#probe;
    if (probe?.sequence === sequence && probe.helpers.includes(helper)) probe.nacks.add(helper);
  }

  /** This member stood still for so long. */
  postpone(byMs: number): void {
    this.#periodMs += byMs;
    if (this.#probe === undefined) return;
    this.#probe.pingReqMs += byMs;
    this.#probe.endMs += byMs;
  }

  #nextPeriod(nowMs: number): ProbeStep[] {
    const steps: ProbeStep[] = [];
    const last = this.#probe;
    if (last !== undefined && !last.answered) {
      this.#awareness.probeFailed(last.helpers.length, last.nacks.size);
      steps.push({ type: "failed", target: last.target });
    }
    // Periods keep their phase; after a long sleep the missed ones are not made up for.
    const lengthMs = this.#awareness.scale(this.#config.protocolPeriodMs);
    this.#periodMs = Math.max(this.#periodMs + lengthMs, nowMs + this.#config.probeTimeoutMs);
    const target = this.#choose();
    this.#probe = undefined;
    if (target === undefined) return steps;
    const sequence = this.#sequence.next();
    this.#probe = {
      target,
      sequence,
      pingReqMs: nowMs + this.#awareness.scale(this.#config.probeTimeoutMs),
      endMs: this.#periodMs,
      answered: false,
      helpers: [],
      nacks: new Set(),
    };
    steps.push({ type: "ping", target, sequence });
    return steps;
  }

  #askHelpers(probe: Probe, nowMs: number): ProbeStep[] {
    probe.pingReqMs = Number.POSITIVE_INFINITY;
    const { target, sequence } = probe;
    const drawn = this.#view.members.sample(
      this.#config.indirectProbes,
      this.#random,
      this.#self,
      target,
    );
    if (drawn.length === 0) return [];
    probe.helpers = drawn.map((member) => member.id);
    const nackAfterMs = Math.round((probe.endMs - nowMs) * NACK_SHARE);
    return [{ type: "pingReq", target, helpers: probe.helpers, sequence, nackAfterMs }];
  }

  #choose(): NodeId | undefined {
    if (this.#config.probeOrder === "random") {
      return this.#view.members.sample(1, this.#random, this.#self)[0]?.id;
    }
    return this.#view.probeOrder.next((id) => this.#view.members.lives(id));
  }
}
