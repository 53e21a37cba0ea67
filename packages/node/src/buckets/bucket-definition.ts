import { create } from "@bufbuild/protobuf";
import type { Bucket } from "@coterie/quorum";
import type { Mode } from "@coterie/versions";
import { BucketMode, BucketSchema, type Bucket as WireBucket } from "@coterie/wire";

/** More replicas than this cost every write dearly and add nothing that a second region would not. */
export const REPLICAS_MAX = 9;

/** A hundred years; longer is for ever. */
const TTL_MS_MAX = 3_155_760_000_000;

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** A sentence on why `name` cannot name a bucket, or undefined when it can. */
export function bucketNameFault(name: string): string | undefined {
  if (name === lastFaultless) return undefined;
  if (name === "") return "a bucket needs a name of 1 to 64 characters of A-Z a-z 0-9 . _ -";
  if (!NAME.test(name)) {
    return `"${name.slice(0, 80)}" cannot name a bucket: use 1 to 64 characters of A-Z a-z 0-9 . _ -`;
  }
  lastFaultless = name;
  return undefined;
}

// Requests that follow one another are mostly of one bucket.
let lastFaultless: string | undefined;

/** A bucket nobody defined: N=3, R=W=2, siblings kept. */
export function defaultBucket(name: string): Bucket {
  return { name, n: 3, r: 2, w: 2, rMin: 2, wMin: 2, mode: "siblings" };
}

/** Fills what was left at zero and checks the rest; a string is the sentence that refuses it. */
export function defineBucket(asked: WireBucket): Bucket | string {
  const nameFault = bucketNameFault(asked.name);
  if (nameFault !== undefined) return nameFault;
  const mode = modeOf(asked.mode);
  if (mode === undefined) return `bucket mode ${asked.mode} is not known: use siblings or lww`;
  const n = asked.n === 0 ? 3 : asked.n;
  if (n > REPLICAS_MAX)
    return `n=${n} is above ${REPLICAS_MAX}, the most replicas a bucket may have`;
  const majority = Math.floor(n / 2) + 1;
  const numbers = {
    r: asked.r === 0 ? majority : asked.r,
    w: asked.w === 0 ? majority : asked.w,
    rMin: asked.rMin === 0 ? majority : asked.rMin,
    wMin: asked.wMin === 0 ? majority : asked.wMin,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value > n) return `${name}=${value} is above n=${n}: it could never be met`;
  }
  const { ttlMs } = asked;
  if (!(Number.isSafeInteger(ttlMs) && ttlMs >= 0 && ttlMs <= TTL_MS_MAX)) {
    return `ttl_ms=${ttlMs} is not a whole number of milliseconds from 0 to ${TTL_MS_MAX}`;
  }
  return { name: asked.name, n, ...numbers, mode, ...(ttlMs === 0 ? {} : { ttlMs }) };
}

/** Zero or one: what a newer version defines and this one does not understand is left out. */
export function definitionsOf(wire: readonly WireBucket[]): Bucket[] {
  return wire.map(defineBucket).filter((definition) => typeof definition !== "string");
}

export function sameDefinition(a: Bucket, b: Bucket): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}

/** What two definitions of one name may differ in. */
export const FIELDS = ["n", "mode", "r", "w", "rMin", "wMin", "ttlMs"] as const;

/**
 * What stands where two nodes defined a bucket differently before they heard of one another: of each field the
 * safer, so that neither creator gets less than it was told. More replicas, higher numbers, siblings before lww (which
 * would drop writes that are to be kept), the longer life. A semilattice: in whatever order nodes hear of
 * definitions, they come to the same. Where R + W > N in both, it is so in what stands.
 */
export function joinDefinitions(a: Bucket, b: Bucket): Bucket {
  const highest = (field: "n" | "r" | "w" | "rMin" | "wMin"): number =>
    Math.max(a[field], b[field]);
  const isForEver = a.ttlMs === undefined || b.ttlMs === undefined;
  return {
    name: a.name,
    n: highest("n"),
    r: highest("r"),
    w: highest("w"),
    rMin: highest("rMin"),
    wMin: highest("wMin"),
    mode: a.mode === b.mode ? a.mode : "siblings",
    ...(isForEver ? {} : { ttlMs: Math.max(a.ttlMs!, b.ttlMs!) }),
  };
}

export function bucketToWire(bucket: Bucket): WireBucket {
  return create(BucketSchema, {
    ...bucket,
    mode: bucket.mode === "lww" ? BucketMode.LWW : BucketMode.SIBLINGS,
  });
}

function modeOf(mode: BucketMode): Mode | undefined {
  switch (mode) {
    case BucketMode.UNSPECIFIED:
    case BucketMode.SIBLINGS:
      return "siblings";
    case BucketMode.LWW:
      return "lww";
    default:
      return undefined;
  }
}
