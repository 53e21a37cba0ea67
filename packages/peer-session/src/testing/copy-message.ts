/**
 * A structural copy of a message: plain objects, arrays, byte arrays and primitives, prototypes kept.
 * What a network does to a message, so that no two nodes of a simulation ever share one.
 */
export function copyMessage<T>(message: T): T {
  if (typeof message !== "object" || message === null) return message;
  if (message instanceof Uint8Array) return message.slice() as T;
  if (Array.isArray(message)) return message.map(copyMessage) as T;
  const copy = Object.create(Object.getPrototypeOf(message));
  for (const name of Object.keys(message)) copy[name] = copyMessage(message[name as keyof T]);
  return copy;
}
