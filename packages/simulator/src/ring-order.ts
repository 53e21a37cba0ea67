import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BeginRingChangeRequestSchema } from "@coterie/wire";

/** A change of the ring as operators order it. */
export type RingOrder = NonNullable<
  MessageInitShape<typeof BeginRingChangeRequestSchema>["change"]
>;

/** Fewer owners than N are another story. */
export const OWNERS_MIN = 3;
