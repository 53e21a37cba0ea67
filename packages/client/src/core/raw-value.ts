import type { Receipt, Seen } from "./result.ts";

/** How the bytes of a value are to be read. Stored beside them, so that other clients read what was meant. */
export type EncodingName = "json" | "utf8" | "bytes";

/** A value as it is stored. */
export interface RawValue {
  readonly bytes: Uint8Array;
  readonly encoding: EncodingName;
}

export interface RawSibling extends RawValue {
  /** Milliseconds since the Unix epoch, by the hybrid clock of the node that led the write. */
  readonly writtenAtMs: number;
  /** Milliseconds since the Unix epoch; undefined: never. */
  readonly expiresAtMs: number | undefined;
}

/** A read before anybody looked at its values: none is absent, more than one are concurrent. */
export interface RawRead extends Seen {
  readonly siblings: readonly RawSibling[];
  readonly receipt: Receipt;
}
