import { bucketNameFault } from "./bucket-definition.ts";

/** Bytes of the longest key. */
export const KEY_BYTES_MAX = 4096;

/** Bytes of the largest value unless the operator chose otherwise: 1 MiB. */
export const VALUE_BYTES_MAX_DEFAULT = 1 << 20;

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
