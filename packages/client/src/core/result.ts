/** What stood behind an answer. */
export interface Receipt {
  /** Of the ring that the request ran under. */
  readonly epoch: number;
  /** Ids of the nodes whose answer counted. */
  readonly acknowledged: readonly string[];
  /** How many of them are primaries of the key. */
  readonly primaries: number;
  /** The r or w that was met. */
  readonly required: number;
  /** Whether R + W > N holds with primaries alone. */
  readonly intersects: boolean;
  /** The node that led the request. */
  readonly coordinator: string;
}

/** Everything that was read or written can stand for what its holder has seen of the key. */
export interface Seen {
  /** Opaque; goes back with the next write of the same key. */
  readonly context: Uint8Array;
}

/**
 * What a write is based on. It replaces exactly what `Seen` has seen; everything else of the key stays.
 * `"unseen"` replaces nothing: beside whatever is there, the write becomes a sibling.
 */
export type Basis = Seen | "unseen";

interface Answered extends Seen {
  readonly receipt: Receipt;
}

/** There is one value. */
export interface ValueRead<T> extends Answered {
  readonly kind: "value";
  readonly value: T;
}

/** There is none, or it was deleted, or it expired. */
export interface AbsentRead extends Answered {
  readonly kind: "absent";
}

/** Concurrent writes that nobody has settled. There is no `value`: which one wins is for the caller to say. */
export interface SiblingsRead<T> extends Answered {
  readonly kind: "siblings";
  /** Two or more, in an order that means nothing. */
  readonly siblings: readonly T[];
}

/** A read of a bucket that has a merge. */
export type SettledRead<T> = ValueRead<T> | AbsentRead;

/** A read of a bucket that has none. */
export type Read<T> = SettledRead<T> | SiblingsRead<T>;

/** A write that is durable on as many nodes as it asked for. Its context covers the write's basis and the write. */
export interface Written extends Answered {
  readonly kind: "written";
  /** 32 hexadecimal digits. */
  readonly operationId: string;
}
