export { PROTOCOL_VERSION } from "@coterie/wire";

/** Of this program. */
export const VERSION = "0.1.0";
