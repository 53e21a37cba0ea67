import type { Bucket } from "@coterie/quorum";
import { defaultBucket, joinDefinitions, sameDefinition } from "./bucket-definition.ts";

/** What a merge of definitions came to. */
export interface CatalogChange {
  /** Definitions that are new here or replaced ours; they must be made durable. */
  readonly adopted: readonly Bucket[];
  /** Names that both sides had defined differently, with what stands now. */
  readonly conflicts: readonly BucketConflict[];
}

interface BucketConflict {
  readonly ours: Bucket;
  readonly theirs: Bucket;
  readonly stands: Bucket;
}

/**
 * The buckets that this node knows. Pure: the caller makes what is adopted durable and tells others.
 * Merging is commutative, associative and idempotent, so all nodes come to hold the same.
 */
export class BucketCatalog {
  readonly #buckets = new Map<string, Bucket>();

  get(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** The definition of `name`, made with the defaults when nobody defined it. */
  getOrDefault(name: string): { definition: Bucket; created: boolean } {
    const known = this.#buckets.get(name);
    if (known !== undefined) return { definition: known, created: false };
    const definition = defaultBucket(name);
    this.#buckets.set(name, definition);
    return { definition, created: true };
  }

  /** Every bucket, by name. */
  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  merge(theirs: Iterable<Bucket>): CatalogChange {
    const adopted: Bucket[] = [];
    const conflicts: BucketConflict[] = [];
    for (const their of theirs) {
      const our = this.#buckets.get(their.name);
      const stands = our === undefined ? their : joinDefinitions(our, their);
      if (our !== undefined && !sameDefinition(our, their)) {
        conflicts.push({ ours: our, theirs: their, stands });
      }
      if (our === undefined || !sameDefinition(our, stands)) {
        this.#buckets.set(their.name, stands);
        adopted.push(stands);
      }
    }
    return { adopted, conflicts };
  }
}
