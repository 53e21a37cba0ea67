import { bytesEqual, type NodeId } from "@coterie/core";
import {
  type Causality,
  causalityOf,
  decodeCausality,
  decodeVersions,
  EMPTY_VERSIONS,
  encodeVersions,
  type Mode,
  mergeVersions,
  subsumes,
  type VersionSet,
} from "@coterie/versions";
import { grown } from "./grown.ts";

const EMPTY = encodeVersions(EMPTY_VERSIONS);
const NOBODY: readonly NodeId[] = [];

/** What a replica was last known to have. */
interface Report {
  readonly node: NodeId;
  clock: Uint8Array;
}

/**
 * What the replies to one read come to. Pure. One replica sends the whole set, the others their clocks;
 * as encodings are canonical, equal clocks are equal bytes, and in the common case nothing is decoded
 * before the answer. Throws `CodecError` when a replica's bytes are no version set.
 */
export class ReadMerge {
  readonly #mode: Mode;
  /** One for each node. Lists, not maps: they hold R or so, and each read makes them. */
  #reports: readonly Report[] = [];
  #unresolved: readonly Report[] = [];
  #encoded: Uint8Array | undefined;
  #clock: Uint8Array = EMPTY;
  #causality: Causality | undefined;
  #versions: VersionSet | undefined;

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  /** Whether any replica's whole set is in: before that, clocks cannot be judged. */
  get hasVersions(): boolean {
    return this.#encoded !== undefined;
  }

  /** The merged set, canonical. */
  get encoded(): Uint8Array {
    return this.#encoded ?? EMPTY;
  }

  /** Whether no replica so far has ever seen a version. */
  get isEmpty(): boolean {
    return bytesEqual(this.#clock, EMPTY);
  }

  /** Nodes whose clocks show versions that are not in hand, in the order in which they said so. */
  get unresolved(): readonly NodeId[] {
    return this.#unresolved.length === 0 ? NOBODY : this.#unresolved.map(({ node }) => node);
  }

  /**
   * A replica's whole set; undefined: it has no such row. Returns whose reports are fully known now:
   * its own, and of the clocks that had to wait those that are covered by this. `isChecked`: the bytes were found
   * good before, so that the first set need not be decoded for that.
   */
  addVersions(node: NodeId, encoded: Uint8Array = EMPTY, isChecked = false): readonly NodeId[] {
    const clock = causalityOf(encoded);
    if (this.#encoded === undefined) {
      if (!isChecked) this.#versions = decodeVersions(encoded);
      this.#become(encoded, clock);
    } else if (!bytesEqual(clock, this.#clock)) {
      this.#versions ??= decodeVersions(this.encoded);
      this.#versions = mergeVersions(this.#mode, this.#versions, decodeVersions(encoded));
      const merged = encodeVersions(this.#versions);
      this.#become(merged, causalityOf(merged));
    }
    let known: readonly NodeId[] = [this.#resolve(node, clock)];
    for (const other of this.#unresolved) {
      if (this.#isKnown(other.clock)) known = grown(known, this.#resolve(other.node, other.clock));
    }
    return known;
  }

  /**
   * A replica's clock; undefined: it has no such row. Returns the node itself, or nobody when its clock
   * shows what the merged set has not: then it waits until the versions are in hand.
   */
  addClock(node: NodeId, clock: Uint8Array = EMPTY): readonly NodeId[] {
    if (this.#isKnown(clock)) return [this.#resolve(node, clock)];
    this.forget(node);
    this.#unresolved = grown(this.#unresolved, { node, clock });
    return NOBODY;
  }

  /** Waits no longer for the versions of `node`. */
  forget(node: NodeId): void {
    if (this.#unresolved.length === 0) return;
    this.#unresolved = this.#unresolved.filter((other) => other.node !== node);
  }

  /** Whether `node` said that it has exactly the merged set. */
  holds(node: NodeId): boolean {
    const report = this.#reports.find((other) => other.node === node);
    return report !== undefined && bytesEqual(report.clock, this.#clock);
  }

  /** The nodes that lack some of the merged set, each once: they are taken to have it from now on. */
  takeStale(): readonly NodeId[] {
    let stale = NOBODY;
    for (const report of this.#reports) {
      if (bytesEqual(report.clock, this.#clock)) continue;
      stale = grown(stale, report.node);
      report.clock = this.#clock;
    }
    return stale;
  }

  #isKnown(clock: Uint8Array): boolean {
    if (bytesEqual(clock, this.#clock) || bytesEqual(clock, EMPTY)) return true;
    this.#causality ??= decodeCausality(this.#clock);
    return subsumes(this.#causality, decodeCausality(clock));
  }

  #resolve(node: NodeId, clock: Uint8Array): NodeId {
    const report = this.#reports.find((other) => other.node === node);
    if (report === undefined) this.#reports = grown(this.#reports, { node, clock });
    else report.clock = clock;
    this.forget(node);
    return node;
  }

  #become(encoded: Uint8Array, clock: Uint8Array): void {
    this.#encoded = encoded;
    this.#clock = clock;
    this.#causality = undefined;
  }
}
