import type { Bucket } from "@coterie/quorum";
import { compareDefinitions, defaultBucket, sameDefinition } from "./bucket-definition.ts";

/** What a merge of definitions came to. */
export interface CatalogChange {
  /** Definitions that are new here or replaced ours; they must be made durable. */
  readonly adopted: readonly Bucket[];
  /** Names that both sides had defined differently; the greater definition stands now. */
  readonly conflicts: readonly { readonly lost: Bucket; readonly won: Bucket }[];
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
    const conflicts: { lost: Bucket; won: Bucket }[] = [];
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
