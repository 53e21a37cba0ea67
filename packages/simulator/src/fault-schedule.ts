import type { PlannedFault } from "./fault.ts";

/** A fault and its moment, not numbered yet. */
export type FaultMoment = Omit<PlannedFault, "number">;

/** Faults in the order of time, drawn without end or until there is none. */
export interface Plan {
  next(): FaultMoment | undefined;
}

/** Plans as one, in the order of time: numbered, and played again with parts left out. */
export class FaultSchedule {
  readonly #plans: readonly Plan[];
  readonly #due: (FaultMoment | undefined)[];
  #number = 0;

  constructor(plans: readonly Plan[]) {
    this.#plans = plans;
    this.#due = plans.map((plan) => plan.next());
  }

  /** The next fault in time; undefined: there is none. */
  next(): PlannedFault | undefined {
    let first = -1;
    for (const [i, moment] of this.#due.entries()) {
      if (moment === undefined) continue;
      if (first < 0 || moment.atMs < this.#due[first]!.atMs) first = i;
    }
    const moment = this.#due[first];
    if (moment === undefined) return undefined;
    this.#due[first] = this.#plans[first]!.next();
    return { number: ++this.#number, ...moment };
  }
}
