/** Half of a row's token, enough to look rows up by. Two rows may have the same. */
export function halfToken(row: Uint8Array): number {
  return ((row[0]! << 24) | (row[1]! << 16) | (row[2]! << 8) | row[3]!) >>> 0;
}
