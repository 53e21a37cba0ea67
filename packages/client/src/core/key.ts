import { encodeUtf8 } from "@coterie/core";

/** What names a value within its bucket: text, or 1 to 4096 bytes. Text stands for its UTF-8. */
export type Key = string | Uint8Array;

export function keyBytes(key: Key): Uint8Array {
  return typeof key === "string" ? encodeUtf8(key) : key;
}

/** For messages. */
export function showKey(key: Key): string {
  const text = typeof key === "string" ? JSON.stringify(key) : `${key.length} bytes`;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
