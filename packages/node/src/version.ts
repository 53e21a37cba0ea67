/** Of the node-to-node protocol. Nodes of different numbers refuse one another. */
export const PROTOCOL_VERSION = 1;

/** Of this program. */
export const VERSION = "0.1.0";
