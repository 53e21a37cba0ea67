import type { Consistency, Level } from "@coterie/quorum";
import type { Encoding } from "@coterie/versions";
import { Encoding as WireEncoding, Level as WireLevel } from "@coterie/wire";
import { bucketNameFault } from "../buckets/bucket-definition.ts";

/** Bytes of the longest key. */
const KEY_BYTES_MAX = 4096;

/** A sentence on why no row can have this bucket and key, or undefined when one can. */
export function keyFault(bucket: string, key: Uint8Array): string | undefined {
  const nameFault = bucketNameFault(bucket);
  if (nameFault !== undefined) return nameFault;
  if (key.length === 0) return `a key has 1 to ${KEY_BYTES_MAX} bytes; this one is empty`;
  if (key.length > KEY_BYTES_MAX) {
    return `a key has 1 to ${KEY_BYTES_MAX} bytes; this one has ${key.length}. Put what is long into the value`;
  }
  return undefined;
}

const LEVELS: Readonly<Record<number, Level | undefined>> = {
  [WireLevel.ONE]: "one",
  [WireLevel.QUORUM]: "quorum",
  [WireLevel.ALL]: "all",
};

/** The bucket's own number: what nearly all requests ask for. */
const SLOPPY: Consistency = { count: undefined, level: undefined, strict: false };
const STRICT: Consistency = { count: undefined, level: undefined, strict: true };

/** What the request says of its r or w, or a sentence when it says nothing that is known. */
export function consistencyOf(
  count: number,
  level: WireLevel,
  strict: boolean,
): Consistency | string {
  if (level !== WireLevel.UNSPECIFIED && LEVELS[level] === undefined) {
    return `level ${level} is not known: use one, quorum or all`;
  }
  if (count === 0 && level === WireLevel.UNSPECIFIED) return strict ? STRICT : SLOPPY;
  return { count: count === 0 ? undefined : count, level: LEVELS[level], strict };
}

const ENCODINGS: Readonly<Record<number, Encoding | undefined>> = {
  [WireEncoding.UNSPECIFIED]: "bytes",
  [WireEncoding.BYTES]: "bytes",
  [WireEncoding.UTF8]: "utf8",
  [WireEncoding.JSON]: "json",
};

/** The encoding of a value; undefined when this node does not know it. The bytes are not looked into. */
export function encodingOf(wire: WireEncoding): Encoding | undefined {
  return ENCODINGS[wire];
}

export function encodingToWire(encoding: Encoding): WireEncoding {
  switch (encoding) {
    case "bytes":
      return WireEncoding.BYTES;
    case "utf8":
      return WireEncoding.UTF8;
    case "json":
      return WireEncoding.JSON;
  }
}
