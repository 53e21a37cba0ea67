import { edit, type Mutation, mutationIn, type Setting } from "./mutation.ts";

const DELETES: Setting = { deletes: true };
const DELETES_IN_AMBUSH: Setting = { deletes: true, ambushes: true };
const RING: Setting = { ringChanges: true };
/** Seven nodes, five of them owners at first: two can be away, and the others have a majority. */
const RING_IN_AMBUSH: Setting = { ringChanges: true, ambushes: true, nodes: 7 };

/** Of collection rounds and of ring changes: found only while those go on. */
export const CHANGE_MUTATIONS: readonly Mutation[] = [
  mutationIn(
    DELETES_IN_AMBUSH,
    "a round collects what not all primaries hold",
    edit(
      "anti-entropy/collection/round.js",
      "all && holds[i] === true",
      "all || holds[i] === true",
    ),
  ),
  mutationIn(
    DELETES_IN_AMBUSH,
    "a round sweeps the primaries only",
    edit("anti-entropy/collection/round.js", "this.#ask(owners, (to)", "this.#ask(primaries, (to)"),
  ),
  mutationIn(
    DELETES_IN_AMBUSH,
    "a round ends without a sweep",
    edit("anti-entropy/collection/round.js", 'this.#step = "sweep";', 'this.#step = "end";'),
    edit(
      "anti-entropy/collection/round.js",
      "this.#ask(owners, (to) => ({",
      'this.#ask(primaries, (to) => ({ type: "end", to, rows: this.#rows }) || ({',
    ),
    edit("shard-engine/collection/collect.js", "book.roundNow(partition) !== round", "false"),
  ),
  mutationIn(
    DELETES_IN_AMBUSH,
    "what was read before a collection is merged after it",
    edit("shard-engine/collection/eras.js", "if (isOutdated(theirs, ours))", "if (false)"),
  ),
  mutationIn(
    DELETES,
    "who has missed a collection keeps what it has",
    edit(
      "shard-engine/collection/eras.js",
      "discardPartition(transaction, this.#spaces, partition, partitions);",
      "",
    ),
  ),
  mutationIn(
    { ...RING_IN_AMBUSH, deletes: true },
    "hints are kept by who has not heard what was collected",
    edit(
      "node/collection/era-news.js",
      "if (!this.#isKnown)\n            return",
      "if (false)\n            return",
    ),
    edit("node/collection/era-news.js", "await this.#hear(era);", "await undefined;"),
  ),
  mutationIn(
    RING_IN_AMBUSH,
    "a shard does not compare the epoch when it commits",
    edit(
      "shard-engine/admission.js",
      "ring !== undefined && meta.epoch === epoch",
      "ring !== undefined",
    ),
  ),
  mutationIn(
    RING_IN_AMBUSH,
    "a ring change goes on though owners have not heard of its phase",
    edit(
      "rebalance/next-step.js",
      "if (primaries.length - ignorant.length >= meetingAll(primaries.length, rMin))",
      "if (true)",
    ),
  ),
  mutationIn(
    RING_IN_AMBUSH,
    "a gainer copies from one owner",
    edit(
      "rebalance/scan-progress.js",
      "Math.min(duty.required, left.length)",
      "Math.min(1, left.length)",
    ),
  ),
  mutationIn(
    { ...RING_IN_AMBUSH, deletes: true },
    "who gains again keeps what it had before, and does not hear what was collected since",
    edit("node/ring/ring-leftovers.js", "gainsAnew(from, to, self, partition, n)", "false"),
    edit("node/collection/era-news.js", "await this.#hear(era);", "await undefined;"),
  ),
  mutationIn(
    RING,
    "who gave a partition up keeps its rows",
    edit(
      "node/ring/ring-leftovers.js",
      "await this.#drop(rows, epoch, false);",
      "await undefined;",
    ),
  ),
  mutationIn(
    RING_IN_AMBUSH,
    "a phase of a ring change is in force before it is durable",
    edit(
      "node/birth/birth.js",
      "await this.keepRegister(state);",
      'if (state.value.record.phase === "stable") await this.keepRegister(state);',
    ),
  ),
];
