import { execFileSync, spawn } from "node:child_process";
import process from "node:process";

const INSIDE = "COTERIE_CHAOS_ISOLATED";
const UNSHARE = ["--net", "--mount"];
/** All that a network of namespaces is made of. */
const PROBE =
  "mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add a && ip link add name br type bridge && ip link add name ve type veth peer name eth0 netns a";

/** Whether this process has a network and mounts that nobody else sees, and that end with it. */
export function isIsolated(): boolean {
  return process.env[INSIDE] === "1";
}

/** Whether this user can have such a process: as root, on Linux. */
export function canIsolate(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", [...UNSHARE, "sh", "-c", PROBE], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs this very command again, isolated, and ends as it ends: resolves to its exit code. */
export function runIsolated(): Promise<number> {
  const child = spawn("unshare", [...UNSHARE, process.execPath, ...process.argv.slice(1)], {
    // By the channel it notices that this process is gone.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [INSIDE]: "1" },
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
