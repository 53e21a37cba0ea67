import type { ActorId } from "@coterie/vector-clock";
import type { Era } from "@coterie/versions";
import type { Refused } from "../commands.ts";
import type { CollectedRow } from "./commands.ts";

/** Reads of committed rows on the way of a round. */
export type CollectionQuestion =
  /** Rows that a round could take, as far as this node knows. */
  | {
      readonly type: "candidates";
      readonly epoch: number;
      readonly partition: number;
      readonly from: Uint8Array | undefined;
      /** At most so many rows are looked at. */
      readonly limit: number;
      /** Actors that may still mint: of others the clock entries may be folded. Undefined: nobody knows. */
      readonly living: readonly ActorId[] | undefined;
    }
  /** Whether this node holds exactly these, and whether those to be deleted are dead by its clock too. */
  | {
      readonly type: "vote";
      readonly epoch: number;
      readonly partition: number;
      readonly rows: readonly CollectedRow[];
    };

export type CollectionAnswer =
  | {
      readonly type: "candidates";
      readonly rows: readonly CollectedRow[];
      /** Dead rows among them. */
      readonly tombstones: number;
      readonly next: Uint8Array | undefined;
      /** When the next version of these rows expires, milliseconds since the Unix epoch; undefined: none does. */
      readonly expiryMs: number | undefined;
    }
  | {
      readonly type: "vote";
      /** One for each row, in order. */
      readonly holds: readonly boolean[];
      readonly era: Era;
      /** It may lack data of the partition: its vote does not count. */
      readonly recovering: boolean;
      /** Who mints here: of this process alone. */
      readonly actor: ActorId | undefined;
    }
  | Refused;
