import { FAULT_KINDS, type FaultKind } from "./fault.ts";
import { PROTOCOL_STATES, type ProtocolState } from "./protocol-state.ts";
import type { SimulationReport } from "./simulation.ts";

/** What many runs came to together. */
export class Campaign {
  readonly #calls: Record<string, number> = {};
  readonly #faults: Record<string, number> = {};
  readonly #reached: Record<string, number> = {};
  #runs = 0;
  #events = 0;
  #virtualSeconds = 0;

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
