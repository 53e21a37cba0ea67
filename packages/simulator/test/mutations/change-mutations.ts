import { duringDeletes, duringRingChanges, edit, type Mutation } from "./mutation.ts";

/** Of collection rounds and of ring changes: found only while those go on. */
export const CHANGE_MUTATIONS: readonly Mutation[] = [
  duringDeletes(
    "a round collects what not all primaries hold",
    edit(
      "anti-entropy/collection/round.js",
      "all && holds[i] === true",
      "all || holds[i] === true",
    ),
  ),
  duringDeletes(
    "a round sweeps the primaries only",
    edit("anti-entropy/collection/round.js", "this.#ask(owners, (to)", "this.#ask(primaries, (to)"),
  ),
  duringDeletes(
    "what was read before a collection is merged after it",
    edit("shard-engine/collection/eras.js", "if (isOutdated(theirs, ours))", "if (false)"),
  ),
  duringDeletes(
    "who has missed a collection keeps what it has",
    edit("shard-engine/collection/eras.js", "if (!isBehind(ours, theirs))", "if (true)"),
  ),
  duringRingChanges(
    "a shard does not compare the epoch when it commits",
    edit(
      "shard-engine/admission.js",
      "ring !== undefined && meta.epoch === epoch",
      "ring !== undefined",
    ),
  ),
  duringRingChanges(
    "a ring change goes on though owners have not heard of its phase",
    edit(
      "rebalance/next-step.js",
      "if (primaries.length - ignorant.length >= meetingAll(primaries.length, rMin))",
      "if (true)",
    ),
  ),
  duringRingChanges(
    "a gainer copies from one owner",
    edit(
      "rebalance/scan-progress.js",
      "Math.min(duty.required, left.length)",
      "Math.min(1, left.length)",
    ),
  ),
  duringRingChanges(
    "who gains again keeps what it had before",
    edit("node/ring/ring-leftovers.js", "gainsAnew(from, to, self, partition, n)", "false"),
  ),
  duringRingChanges(
    "who gave a partition up keeps its rows",
    edit(
      "node/ring/ring-leftovers.js",
      "await this.#drop(rows, epoch, false);",
      "await undefined;",
    ),
  ),
  duringRingChanges(
    "a phase of a ring change is in force before it is durable",
    edit("node/birth/birth.js", "await this.keepRegister(state);", ""),
  ),
];
