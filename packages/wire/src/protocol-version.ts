/** Of all the protocols here. Nodes and clients of different numbers refuse one another. */
export const PROTOCOL_VERSION = 1;
