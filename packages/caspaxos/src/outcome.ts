import type { AcceptorSets, Membership } from "./membership.ts";
import type { Shortfall } from "./quorum.ts";

/** What the register holds, as a change sees it. */
export interface Register {
  /** Undefined while nothing was ever written. */
  readonly value: Uint8Array | undefined;
  readonly membership: Membership;
}

/** What a change makes of the register. */
export type Next =
  /** `acceptors` changes who decides; left out, they stay. */
  | {
      readonly type: "write";
      readonly value: Uint8Array | undefined;
      readonly acceptors?: AcceptorSets;
    }
  /** A linearizable read. */
  | { readonly type: "keep" }
  /** As `keep`, with the reason why the register did not allow what was wanted. */
  | { readonly type: "refuse"; readonly reason: string };

/**
 * A change function (Rystsov 2018, §2.2): pure, and applied to whatever the register holds when the
 * round comes to it. It is called again when a round was outvoted, and that round's effect may have been
 * taken over by another proposer: a change must recognise its own effect, and then `keep`.
 */
export type Change = (current: Register) => Next;

export type Outcome =
  | {
      readonly type: "ok";
      readonly register: Register;
      /**
       * False after a change of membership that was chosen, but whose closing round was not: until some
       * later step is settled, acceptors that were removed must go on answering.
       */
      readonly settled: boolean;
    }
  | { readonly type: "refused"; readonly reason: string; readonly register: Register }
  /** Nothing was written, nothing will appear. */
  | { readonly type: "failed"; readonly detail: string; readonly unmet: readonly Shortfall[] }
  /** A round came as far as writing and was not confirmed: the change may take effect, or not. */
  | { readonly type: "inDoubt"; readonly detail: string; readonly unmet: readonly Shortfall[] };
