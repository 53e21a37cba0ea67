import { CHANGE_MUTATIONS } from "./change-mutations.ts";
import { edit, type Mutation, mutation, mutationIn } from "./mutation.ts";

/** Each breaks a rule of the design; the simulator has to notice. */
export const MUTATIONS: readonly Mutation[] = [
  mutation(
    "a restarted process mints as the actor before it",
    edit(
      "shard-engine/row-writer.js",
      "this.#staged = new DotMinter(this.#random);",
      "this.#staged = new DotMinter(this.#random); if (this.#meta.actors.length > 0) this.#staged.actor = this.#meta.actors.at(-1);",
    ),
    edit("shard-engine/dot-minter.js", "#ownedFloor = 1;", "#ownedFloor = Infinity;"),
  ),
  mutation(
    "a failed commit does not void what the actor owned",
    edit("shard-engine/dot-minter.js", "row.ownedTo >= this.#ownedFloor", "true"),
  ),
  mutation(
    "clocks are plain maxima",
    edit(
      "vector-clock/sibling-set.js",
      ": clock.add(dot);",
      ": Array.from({ length: counter }, (_, i) => i + 1).reduce((all, each) => all.add({ actor, counter: each }), clock);",
    ),
  ),
  mutation(
    "a put's context covers siblings that its writer has not seen",
    edit(
      "shard-engine/mint-row.js",
      "context: encodeContext(minted.context)",
      "context: encodeContext(minted.set.context)",
    ),
  ),
  mutation(
    "a retry's context covers siblings that its writer has not seen",
    edit(
      "shard-engine/mint-row.js",
      "encodeContext(known.context)",
      "encodeContext(row.set.context)",
    ),
  ),
  mutation(
    "the operation id of a retry is ignored",
    edit("shard-engine/mint-row.js", "row && findOperation(", "undefined && findOperation("),
  ),
  mutation(
    "a retry that finds its operation is answered with one copy",
    edit(
      "quorum/put.js",
      'if (outcome.type === "reached")',
      'if (outcome.type === "reached" || (this.#minted?.repeated && this.#round.quorum.acknowledged.length > 0))',
    ),
  ),
  mutation(
    "merging keeps only the newest sibling",
    edit("versions/merge.js", 'mode === "lww" ? mergeLastWrite', "true ? mergeLastWrite"),
  ),
  mutationIn(
    { ambushes: true },
    "of two writes in one batch over a damaged row, the second calls its node whole",
    edit(
      "shard-engine/row-writer.js",
      "this.#meta.isRecoveringNow(partition)",
      "this.#meta.isRecovering(partition)",
    ),
  ),
  mutation("a gate lets nobody go", edit("node/overload/gate.js", "this.#requests--;", "")),
  mutation(
    "a session that carries nothing any more is never given up",
    edit("peer-session/server-session.js", "nowMs >= this.#pulse.silentAtMs", "false"),
  ),
  mutation(
    "hints take more room than they may",
    edit("shard-engine/hint-book.js", "if (grown > 0 &&", "if (false &&"),
  ),
  mutation(
    "a merge overwrites the row",
    edit("shard-engine/merge-row.js", "mergeVersions(command.bucket.mode, ours, theirs)", "theirs"),
  ),
  mutation(
    "the context of another key is taken",
    edit(
      "versions/context-token.js",
      "if (reader.uint32() !== token.high || reader.uint32() !== token.low)",
      "if (reader.uint32() + reader.uint32() < 0)",
    ),
  ),
  mutation(
    "a tombstone is dropped at once",
    edit(
      "shard-engine/row-writer.js",
      "return this.#asMinted(",
      'if (command.tombstone) transaction.delete("rows", command.row);\n        return this.#asMinted(',
    ),
  ),
  mutation(
    "a replica acknowledges before its commit",
    edit(
      "node/replica/replica-service.js",
      "return write.committed.then(",
      'return write.staged.then(() => ({ type: "committed" })).then(',
    ),
  ),
  mutation(
    "a coordinator counts its own copy before its commit",
    edit(
      "node/requests/linked-replicas.js",
      "durable: write.committed.then(durabilityOf)",
      'durable: write.staged.then(() => ({ type: "durable" }))',
    ),
  ),
  mutation(
    "a failed commit is acknowledged",
    edit(
      "node/requests/replica-answers.js",
      'committed.type === "committed"',
      "committed.type !== undefined",
    ),
  ),
  mutationIn(
    { ambushes: true },
    "a failed commit is taken for proof though its row was sent on",
    edit("quorum/put.js", "!(repeated || mint.isCarried)", "true"),
    edit(
      "quorum/write-round.js",
      "return !isFailedCommit || node === this.#options.replicas.self;",
      "return true;",
    ),
  ),
  mutation(
    "a write in doubt is called failed",
    edit("quorum/write-quorum.js", 'this.mayHold ? "inDoubt" : "failed"', '"failed"'),
  ),
  mutation(
    "a call without a reply counts as never sent",
    edit(
      "peer-session/call-table.js",
      'held.settle({ type: "lost", reason: `no reply',
      'held.settle({ type: "notSent", reason: `no reply',
    ),
  ),
  mutation(
    "W-1 copies are enough",
    edit("quorum/put.js", "request, required.count, reply)", "request, required.count - 1, reply)"),
  ),
  mutation(
    "R-1 answers are enough",
    edit(
      "quorum/get.js",
      "request, required.count, settle)",
      "request, required.count - 1, settle)",
    ),
  ),
  mutation(
    "a fallback counts in a strict request",
    edit(
      "quorum/write-round.js",
      "fallbacks: strict ? NOBODY : placement.fallbacks",
      "fallbacks: placement.fallbacks",
    ),
    edit("quorum/quorum-tally.js", 'role === "fallback" && !strict &&', 'role === "fallback" &&'),
  ),
  mutation(
    "one fallback stands in for two primaries and counts twice",
    edit("quorum/stand-ins.js", "other.fallback !== node", "other.fallback !== undefined"),
    edit("quorum/quorum-tally.js", "if (this.#settled.includes(node))", "if (false)"),
  ),
  mutation(
    "a read answers before it has the versions that a clock shows",
    edit(
      "quorum/read-merge.js",
      "if (this.#isKnown(clock))\n            return",
      "if (true)\n            return",
    ),
  ),
  mutationIn(
    { ambushes: true },
    "a recovering replica votes in reads",
    edit("quorum/read-round.js", "if (recovering) {", "if (false) {"),
  ),
  mutation(
    "that a replica is recovering is forgotten at its restart",
    edit(
      "shard-engine/shard-meta.js",
      "if (key === RECOVERING_ALL)",
      "if (key !== undefined) break; else if (key === RECOVERING_ALL)",
    ),
  ),
  mutation(
    "the founder grants a first start twice",
    edit(
      "node/birth/founding-grants.js",
      "return bytesEqual(given.value, identity);",
      "return true;",
    ),
  ),
  mutation(
    "a monotonic read does not write back",
    edit("quorum/get.js", "this.#request.monotonic && !merge.isEmpty", "false"),
  ),
  mutation(
    "a hint goes before the primaries have it",
    edit("hinted-handoff/hint-drainer.js", '|| deliveries.includes("later")', ""),
  ),
  mutation(
    "a later hint replaces the one before",
    edit(
      "shard-engine/hint-book.js",
      "encodeVersions(mergeVersions(command.bucket.mode, decodeVersions(held.versions), decodeVersions(command.versions)))",
      "encodeVersions(decodeVersions(command.versions))",
    ),
  ),
  mutation(
    "a hint that has grown since it was read is dropped",
    edit("shard-engine/hint-book.js", "bytesEqual(held.versions, versions)", "true"),
  ),
  mutation(
    "a fallback acknowledges before its hint is durable",
    edit(
      "node/replica/replica-service.js",
      "return write.committed.then(",
      'return (hintFor === "" ? write.committed : write.staged.then(() => ({ type: "committed" }))).then(',
    ),
  ),
  mutation(
    "incarnations do not outlive processes, and no member outbids its earlier life",
    edit(
      "node/birth/birth.js",
      "stored === undefined ? 0 : new ByteReader(stored.value).varint()",
      "0",
    ),
    edit(
      "swim/self.js",
      "this.incarnation.raise(told.incarnation + 1);",
      'if (!isSameClaim(told, own)) return "nothing"; this.incarnation.raise(told.incarnation + 1);',
    ),
  ),
  mutation(
    "an accusation is not refuted",
    edit(
      "swim/self.js",
      "this.incarnation.raise(told.incarnation + 1);",
      'if (isSameClaim(told, own)) return "nothing"; this.incarnation.raise(told.incarnation + 1);',
    ),
  ),
  mutationIn(
    { ambushes: true },
    "a recovery ends after its first source",
    edit(
      "node/repair/replica-recovery.js",
      "group.length - Math.min(group.length, wMin) + 1",
      "group.length - group.length + 1",
    ),
  ),
  mutation(
    "a write does not name the operations that it follows",
    edit("versions/follows.js", "return [...followed].slice(0, FOLLOWS_MAX);", "return [];"),
  ),
  mutation(
    "read repair overwrites",
    edit(
      "node/replica/replica-service.js",
      "#merge({ epoch, row, versions, hintFor, era: theirs }, id) {",
      "#merge({ epoch, row, versions, hintFor, era: theirs, repair }, id) {",
    ),
    edit(
      "node/replica/replica-service.js",
      '{ type: "merge", epoch, row, bucket: rules, versions, era }',
      '{ type: "merge", epoch, row, bucket: rules, versions, era, repair }',
    ),
    edit(
      "shard-engine/merge-row.js",
      "mergeVersions(command.bucket.mode, ours, theirs)",
      "command.repair ? theirs : mergeVersions(command.bucket.mode, ours, theirs)",
    ),
  ),
  mutation(
    "a failed commit changes the leaves",
    edit("shard-engine/leaves/leaf-book.js", "if (committed) {", "if (this !== undefined) {"),
  ),
  mutation(
    "a row that is written over stays in its leaf",
    edit(
      "shard-engine/leaves/leaf-book.js",
      "known?.replace(leaf, before, after);",
      "known?.replace(leaf, undefined, after);",
    ),
  ),
  mutation(
    "replicas are not compared",
    edit("anti-entropy/anti-entropy.js", "await this.#compare(comparisons, () => { });", ""),
  ),
  mutation(
    "what differs is found and not repaired",
    edit("anti-entropy/repair-tree.js", "const queue = differences", "const queue = [].concat([])"),
  ),
  ...CHANGE_MUTATIONS,
];
