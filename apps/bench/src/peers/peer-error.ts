/** What a peer of the field answered instead of a result. */
export class PeerError extends Error {
  /** In its own words. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
