/** Where a datagram goes, or came from. */
export interface UdpAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, an IPv6 host in brackets; undefined when it is neither. */
export function parseAddress(text: string): UdpAddress | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** The inverse of `parseAddress`. */
export function formatAddress({ host, port }: UdpAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
