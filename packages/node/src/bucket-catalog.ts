import {
  type BucketDefinition,
  compareDefinitions,
  defaultBucket,
  sameDefinition,
} from "./bucket-definition.ts";

/** What a merge of definitions came to. */
export interface CatalogChange {
  /** Definitions that are new here or replaced ours; they must be made durable. */
  readonly adopted: readonly BucketDefinition[];
  /** Names that both sides had defined differently; the greater definition stands now. */
  readonly conflicts: readonly { readonly lost: BucketDefinition; readonly won: BucketDefinition }[];
}

/**
 * The buckets that this node knows. Pure: the caller makes what is adopted durable and tells others.
 * Merging is commutative, associative and idempotent, so all nodes come to hold the same.
 */
export class BucketCatalog {
  readonly #buckets = new Map<string, BucketDefinition>();

  get(name: string): BucketDefinition | undefined {
    return this.#buckets.get(name);
  }

  /** The definition of `name`, made with the defaults when nobody defined it. */
  getOrDefault(name: string): { definition: BucketDefinition; created: boolean } {
    const known = this.#buckets.get(name);
    if (known !== undefined) return { definition: known, created: false };
    const definition = defaultBucket(name);
    this.#buckets.set(name, definition);
    return { definition, created: true };
  }

  /** Every bucket, by name. */
  list(): BucketDefinition[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  merge(theirs: Iterable<BucketDefinition>): CatalogChange {
    const adopted: BucketDefinition[] = [];
    const conflicts: { lost: BucketDefinition; won: BucketDefinition }[] = [];
    for (const their of theirs) {
      const our = this.#buckets.get(their.name);
      if (our === undefined) {
        this.#buckets.set(their.name, their);
        adopted.push(their);
      } else if (!sameDefinition(our, their)) {
        const won = compareDefinitions(our, their) > 0 ? our : their;
        conflicts.push({ lost: won === our ? their : our, won });
        if (won === their) {
          this.#buckets.set(their.name, their);
          adopted.push(their);
        }
      }
    }
    return { adopted, conflicts };
  }
}
