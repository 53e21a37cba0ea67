import { lookup } from "node:dns/promises";
import { createServer } from "node:net";

/** `host:port` taken apart; a string is the sentence that refuses it. */
export function parseAddress(address: string): { host: string; port: number } | string {
  const match = /^(\[[0-9a-fA-F:.%a-z]+\]|[^:[\]/\s]+):(\d{1,5})$/.exec(address);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    return `"${address}" is no address to listen on: use host:port, such as 127.0.0.1:7001 or [::1]:7001`;
  }
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

/** The parts as one address again, IPv6 in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Tries to listen and lets go again: what is wrong shows as an error code, where grpc-js logs one line and
 * gives another. A name is resolved to one IP address, because grpc-js would try all of them and be content
 * with some. Returns that address, or a sentence that says what to do.
 */
export async function probe(host: string, port: number): Promise<{ ip: string } | string> {
  let ip: string;
  try {
    ip = (await lookup(host)).address;
  } catch {
    return `"${host}" cannot be resolved to an address: give an IP address of this machine, such as 127.0.0.1`;
  }
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: ip, port, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
  return code === undefined ? { ip } : sentence(code, ip, port);
}

function sentence(code: string, ip: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} on ${ip} is already in use: stop the process that listens there (\`ss -ltnp 'sport = :${port}'\` names it) or choose another port`;
    case "EACCES":
      return `port ${port} needs privileges that this process does not have: choose one above 1023`;
    case "EADDRNOTAVAIL":
      return `${ip} is no address of this machine: use one of its own, 127.0.0.1 or 0.0.0.0`;
    default:
      return `cannot listen on ${formatAddress(ip, port)}: ${code}`;
  }
}
