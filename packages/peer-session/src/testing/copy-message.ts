/**
 * A structural copy of a message: plain objects, arrays, byte arrays and primitives, prototypes kept.
 * What a network does to a message, so that no two nodes of a simulation ever share one.
 */
export function copyMessage<T>(message: T): T {
  if (typeof message !== "object" || message === null) return message;
  if (message instanceof Uint8Array) return message.slice() as T;
  if (Array.isArray(message)) return message.map(copyMessage) as T;
  const prototype = Object.getPrototypeOf(message);
  // Spread, not filled in one by one: that is several times dearer.
  const copy = (
    prototype === Object.prototype ? { ...message } : { __proto__: prototype, ...message }
  ) as Record<string, unknown>;
  for (const name of Object.keys(copy)) {
    const value = copy[name];
    if (typeof value === "object" && value !== null) copy[name] = copyMessage(value);
  }
  return copy as T;
}
