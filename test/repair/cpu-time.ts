import { readFileSync } from "node:fs";

/** Clock ticks of a second: the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU, user and system, that a process has used. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
