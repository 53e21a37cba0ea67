/** An array that V8 keeps without holes, however it is filled later. */
export function emptySlots(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}
