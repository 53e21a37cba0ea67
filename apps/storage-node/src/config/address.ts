import { isIP } from "node:net";

const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/** HOST:PORT taken apart, or undefined when it is none. IPv6 hosts come in brackets and lose them. */
export function parseAddress(text: string): { host: string; port: number } | undefined {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
