/** Tag, length prefix and rounding of one field; the bounds that use this are far from exact anyway. */
const FIELD_BYTES = 8;

/**
 * About how many bytes a protobuf-es message takes when encoded, rather more than less: what a session
 * weighs its calls and replies by. Walks the message once and allocates nothing.
 */
export function approximateBytes(message: unknown): number {
  if (typeof message === "string") return 3 * message.length + FIELD_BYTES; // the most that UTF-8 takes
  if (typeof message !== "object" || message === null) return FIELD_BYTES;
  if (message instanceof Uint8Array) return message.byteLength + FIELD_BYTES;
  let bytes = FIELD_BYTES;
  if (Array.isArray(message)) {
    for (const item of message) bytes += approximateBytes(item);
    return bytes;
  }
  for (const name in message) {
    if (name !== "$typeName") bytes += approximateBytes((message as Record<string, unknown>)[name]);
  }
  return bytes;
}
