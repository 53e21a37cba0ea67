/** What is under load, by numbers of keys. */
export interface LoadTarget {
  /** Updates that had to read first. */
  readonly readsBeforeWrites: number;
  /** Resolves to how many values the key has. */
  read(key: number): Promise<number>;
  /** Of a key that nobody has written. */
  insert(key: number, value: Uint8Array): Promise<void>;
  /** Of a key that is there. */
  update(key: number, value: Uint8Array): Promise<void>;
  close(): void;
}

/** The same key in every store. */
export function nameOf(key: number): string {
  return `user${key}`;
}
