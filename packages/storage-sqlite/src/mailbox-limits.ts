export interface MailboxLimits {
  /** Commands under way before further ones are refused as `overloaded`. Default 16,384. */
  readonly commandsMax?: number;
  /** Bytes of them. Default 64 MiB. */
  readonly bytesMax?: number;
}
