import { FAULT_KINDS, type FaultKind } from "./fault.ts";
import { PROTOCOL_STATES, type ProtocolState } from "./protocol-state.ts";
import type { SimulationReport } from "./simulation.ts";

/** A campaign as plain data, for one that goes on later. */
export interface CampaignSums {
  readonly runs: number;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly reached: Readonly<Record<string, number>>;
}

/** What many runs came to together. */
export class Campaign {
  readonly #calls: Record<string, number>;
  readonly #faults: Record<string, number>;
  readonly #reached: Record<string, number>;
  #runs: number;
  #events: number;
  #virtualSeconds: number;

  /** Goes on from `sums`. */
  constructor(sums?: CampaignSums) {
    this.#calls = { ...sums?.calls };
    this.#faults = { ...sums?.faults };
    this.#reached = { ...sums?.reached };
    this.#runs = sums?.runs ?? 0;
    this.#events = sums?.events ?? 0;
    this.#virtualSeconds = sums?.virtualSeconds ?? 0;
  }

  get sums(): CampaignSums {
    return {
      runs: this.#runs,
      events: this.#events,
      virtualSeconds: this.#virtualSeconds,
      calls: { ...this.#calls },
      faults: { ...this.#faults },
      reached: { ...this.#reached },
    };
  }

  add({ calls, faults, reached, events, virtualSeconds }: SimulationReport): void {
    this.#runs++;
    this.#events += events;
    this.#virtualSeconds += virtualSeconds;
    for (const [sums, counts] of [
      [this.#calls, calls],
      [this.#faults, faults],
      [this.#reached, reached],
    ] as const) {
      for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
    }
  }

  get runs(): number {
    return this.#runs;
  }

  /** Simulated events. */
  get events(): number {
    return this.#events;
  }

  get virtualSeconds(): number {
    return this.#virtualSeconds;
  }

  /** By kind and outcome, as "put ok". */
  get calls(): Readonly<Record<string, number>> {
    return this.#calls;
  }

  /** How often, in the order of the list, zeros included. */
  get faults(): readonly (readonly [FaultKind, number])[] {
    return FAULT_KINDS.map((kind) => [kind, this.#faults[kind] ?? 0]);
  }

  /** How often, in the order of the list, zeros included. */
  get reached(): readonly (readonly [ProtocolState, number])[] {
    return PROTOCOL_STATES.map((state) => [state, this.#reached[state] ?? 0]);
  }
}
