import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Which of these processes has opened the TCP connection over IPv4 that leads from one port of this machine
 * to another: Linux tells it in /proc. Undefined: none of them, or a system that does not tell.
 */
export function socketOwner(
  pids: readonly number[],
  ports: { readonly from: number; readonly to: number },
): number | undefined {
  try {
    const inode = inodeOf(readFileSync("/proc/net/tcp", "utf8"), ports);
    if (inode === undefined) return undefined;
    return pids.find((pid) => hasOpen(pid, `socket:[${inode}]`));
  } catch {
    return undefined;
  }
}

/** The table's columns: number, local address:port, remote address:port (all hexadecimal), …, the tenth the inode. */
function inodeOf(table: string, { from, to }: { from: number; to: number }): string | undefined {
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (portOf(fields[1]) === from && portOf(fields[2]) === to) return fields[9];
  }
  return undefined;
}

function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(":")[1] ?? "", 16);
}

function hasOpen(pid: number, link: string): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((fd) => linkOf(`${directory}/${fd}`) === link);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
