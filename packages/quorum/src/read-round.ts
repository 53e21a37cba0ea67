import { CodecError, type NodeId } from "@coterie/core";
import type { Era } from "@coterie/versions";
import type { Bucket } from "./bucket.ts";
import { candidatesOf } from "./candidates.ts";
import { grown } from "./grown.ts";
import { groupsOf } from "./quorum-tally.ts";
import { ReadEra } from "./read-era.ts";
import { ReadMerge } from "./read-merge.ts";
import { type Candidate, ReadQuorum } from "./read-quorum.ts";
import type { Placement, ReplicaRead, Replicas, Want } from "./replicas.ts";

/** What a round of a read is about, and whom it tells. */
export interface ReadRoundOptions {
  readonly replicas: Replicas;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  readonly placement: Placement;
  readonly required: number;
  readonly strict: boolean;
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  /** Replies from before this collection do not count. */
  readonly collected: number;
  readonly reader: Reader;
}

/** Whose round it is. It is told with the round, for it may have begun another since. */
export interface Reader {
  /** Whether a caller still waits: if so others take the turns of those that fail. */
  readonly isAwaited: boolean;
  changed(round: ReadRound): void;
  /** What was put together so far is from before a collection: the read begins anew, or repairs nothing. */
  outdated(round: ReadRound, collected: number): void;
  /** The ring of a replica differs: calls back, in this round or never. False: there is no time left. */
  otherEpoch(round: ReadRound, node: NodeId, epoch: number, then: (agreed: boolean) => void): void;
}

/**
 * The questions of one read under one placement, and what their answers come to. One replica is asked for the
 * version set, the others for its clock. A replica counts once its versions are in hand: when its
 * clock shows others, they are fetched from it first.
 */
export class ReadRound {
  readonly quorum: ReadQuorum;
  readonly merge: ReadMerge;
  readonly #era: ReadEra;
  readonly #options: ReadRoundOptions;
  readonly #candidates: readonly Candidate[];
  #fetched: readonly NodeId[] = [];
  #troubles: readonly string[] = [];
  /** Questions for whole version sets that are open. */
  #versionsAsked = 0;

  constructor(options: ReadRoundOptions) {
    const { placement, required, strict, bucket, replicas } = options;
    const fallbacks = strict ? [] : placement.fallbacks;
    this.#options = options;
    this.#era = new ReadEra(options.collected);
    this.merge = new ReadMerge(bucket.mode);
    this.quorum = new ReadQuorum({
      groups: groupsOf(placement.readGroups, required),
      strict,
      fallbacks,
    });
    this.#candidates = candidatesOf(placement, fallbacks, replicas);
  }

  get placement(): Placement {
    return this.#options.placement;
  }

  /** Of what `merge` holds. */
  get era(): Era | undefined {
    return this.#era.era;
  }

  /** Why replicas did not count, a phrase each. */
  get troubles(): readonly string[] {
    return this.#troubles;
  }

  /** Asks as many as it takes, the best first. */
  begin(): void {
    this.#askMore();
    this.#options.reader.changed(this);
  }

  /** Who would be asked by a hedge; undefined: nobody, or the quorum has its answer. */
  get spare(): Candidate | undefined {
    if (this.quorum.outcome.type !== "pending") return undefined;
    const spare = this.quorum.spare(this.#candidates);
    return spare === undefined || this.#options.replicas.isDown(spare.node) ? undefined : spare;
  }

  /** Asks one more replica, for the whole set if that is what is being waited for. */
  hedge(spare: Candidate): void {
    this.quorum.ask(spare);
    this.#read(spare, this.#versionsAsked > 0 ? "versions" : "causality");
  }

  #askMore(): void {
    if (!this.#options.reader.isAwaited || this.quorum.outcome.type !== "pending") return;
    for (const candidate of this.quorum.choose(this.#candidates)) {
      const enough = this.merge.hasVersions || this.#versionsAsked > 0;
      this.#read(candidate, enough ? "causality" : "versions");
    }
  }

  #read(candidate: Candidate, want: Want): void {
    const { replicas, row, bucket, placement, deadlineMs } = this.#options;
    if (want === "versions") this.#versionsAsked++;
    const { epoch } = placement;
    const read = replicas.read(candidate.node, row, want, bucket, { epoch, deadlineMs });
    if (read instanceof Promise) {
      read.then(
        (reply) => this.#onReply(candidate, want, reply),
        (error) => this.#onReply(candidate, want, { type: "lost", reason: String(error) }),
      );
    } else {
      this.#onReply(candidate, want, read);
    }
  }

  #onReply(candidate: Candidate, want: Want, reply: ReplicaRead): void {
    if (want === "versions") this.#versionsAsked--;
    if (reply.type === "row") this.#onAged(candidate, want, reply);
    else if (reply.type !== "refused") this.#onFailure(candidate, reply.reason);
    else if (reply.refusal !== "epoch") this.#onFailure(candidate, reply.detail);
    else this.#onOtherEpoch(candidate, want, reply.epoch, reply.detail);
    this.#fetchUnresolved();
    this.#options.reader.changed(this);
  }

  #onAged(
    candidate: Candidate,
    want: Want,
    { versions, recovering, era }: Extract<ReplicaRead, { readonly type: "row" }>,
  ): void {
    switch (this.#era.add(era)) {
      case "fits":
        this.#onRow(candidate, want, versions, recovering);
        break;
      case "old":
        this.#onFailure(candidate, "its copy is from before a collection");
        break;
      case "fresh":
        this.#options.reader.outdated(this, this.#era.floor);
    }
  }

  #onRow(from: Candidate, want: Want, bytes: Uint8Array | undefined, recovering: boolean): void {
    const { node } = from;
    let known: readonly NodeId[];
    try {
      known =
        want === "versions"
          ? this.merge.addVersions(node, bytes, node === this.#options.replicas.self)
          : this.merge.addClock(node, bytes);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#onFailure(from, `sent what is no version set (${error.message})`);
      return;
    }
    if (recovering) {
      this.merge.forget(node);
      this.quorum.add({ node, role: from.role, type: "recovering" });
      this.#replace(node, "is recovering, its data may be incomplete");
    }
    for (const { node, role } of this.#candidates) {
      if (known.includes(node)) this.quorum.add({ node, role, type: "counted" });
    }
  }

  #onFailure(candidate: Candidate, why: string): void {
    const { node, role } = candidate;
    this.merge.forget(node);
    this.quorum.add({ node, role, type: "failed" });
    this.#replace(node, why);
  }

  #replace(node: NodeId, why: string): void {
    this.#troubles = grown(this.#troubles, `${node}: ${why}`);
    this.#askMore();
  }

  /** Another takes its turn at once; if the quorum still waits when the rings agree, it is asked again. */
  #onOtherEpoch(candidate: Candidate, want: Want, epoch: number, detail: string): void {
    this.quorum.setAside(candidate);
    this.#askMore();
    this.#options.reader.otherEpoch(this, candidate.node, epoch, (agreed) => {
      this.quorum.expect(candidate);
      if (agreed) {
        this.#read(candidate, want);
      } else {
        this.#onFailure(candidate, detail);
        this.#options.reader.changed(this);
      }
    });
  }

  /** From one replica at a time: what the first of them has is often all that the others have. */
  #fetchUnresolved(): void {
    const { unresolved } = this.merge;
    if (unresolved.length === 0 || this.#versionsAsked > 0) return;
    const node = unresolved.find((other) => !this.#fetched.includes(other));
    if (node === undefined) return;
    const candidate = this.#candidates.find((other) => other.node === node);
    if (candidate === undefined) return;
    this.#fetched = grown(this.#fetched, candidate.node);
    this.#read(candidate, "versions");
  }
}
