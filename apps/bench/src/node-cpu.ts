import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** Clock ticks of a second: the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const LISTENING = "0A";

/**
 * The processes of this machine that listen at these addresses (`host:port`), as Linux tells in /proc; those
 * elsewhere, of other users, or of another system are left out.
 */
export function listenersOf(addresses: readonly string[]): Map<string, number> {
  const own = new Set(["localhost", "127.0.0.1", "[::1]"]);
  for (const each of Object.values(networkInterfaces()).flat()) own.add(each?.address ?? "");
  const wanted = new Map<number, string>();
  for (const address of addresses) {
    const at = address.lastIndexOf(":");
    if (own.has(address.slice(0, at))) wanted.set(Number(address.slice(at + 1)), address);
  }
  const found = new Map<string, number>();
  try {
    const inodes = new Map<string, string>();
    for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      for (const line of readFileSync(table, "utf8").split("\n").slice(1)) {
        const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
        const address = wanted.get(Number.parseInt(local.split(":")[1] ?? "", 16));
        if (state === LISTENING && address !== undefined) inodes.set(`socket:[${inode}]`, address);
      }
    }
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      for (const link of linksOf(pid)) {
        const address = inodes.get(link);
        if (address !== undefined) found.set(address, Number(pid));
      }
    }
  } catch {
    // Another system, which has no /proc: nobody's CPU is known.
  }
  return found;
}

/** Microseconds of CPU, user and system, that a process has used; undefined: it is gone. */
export function cpuUsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** Bytes of memory that a process holds now; undefined: it is gone. */
export function rssBytesOf(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

/** What a process's open files are; none: it ended meanwhile, or is somebody else's. */
function linksOf(pid: string): string[] {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).flatMap((fd) => {
      try {
        return [readlinkSync(`${directory}/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
