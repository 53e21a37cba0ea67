import { type Bucket, BucketMode, Encoding } from "@coterie/wire";

export const modes = { siblings: BucketMode.SIBLINGS, lww: BucketMode.LWW } as const;
export type ModeName = keyof typeof modes;

export function bucketToJson({ name, n, r, w, rMin, wMin, mode, ttlMs }: Bucket) {
  const ttl = ttlMs > 0 ? { ttlMs } : {};
  return { name, n, r, w, rMin, wMin, mode: modeToText(mode), ...ttl };
}

export function modeToText(mode: BucketMode): string {
  return mode === BucketMode.LWW ? "lww" : "siblings";
}

export function encodingToText(encoding: Encoding): string {
  switch (encoding) {
    case Encoding.UTF8:
      return "text";
    case Encoding.JSON:
      return "json";
    default:
      return "bytes";
  }
}
