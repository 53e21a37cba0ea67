/**
 * A node's stable name: 1 to 64 characters of `a-z A-Z 0-9 . _ -`, starting with a letter or digit.
 * It is not an address: a node may come back elsewhere and keeps its id.
 */
export type NodeId = string;

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isNodeId(text: string): text is NodeId {
  return PATTERN.test(text);
}
