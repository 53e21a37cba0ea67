/** Something that must not happen and did. */
export interface Violation {
  readonly checker: string;
  /** The key it happened to, when it is one key's. */
  readonly key: string | undefined;
  /** A sentence. */
  readonly detail: string;
}
