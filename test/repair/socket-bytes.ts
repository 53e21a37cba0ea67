import { execFileSync } from "node:child_process";

/**
 * Bytes that a process has received over the TCP connections that it has now, by the kernel's count: frames,
 * acknowledgements of HTTP/2 and heartbeats included. Undefined where `ss` is not installed.
 */
export function receivedBytes(pid: number): number | undefined {
  let output: string;
  try {
    output = execFileSync("ss", ["-tinpOH"], { encoding: "utf8", maxBuffer: 64 << 20 });
  } catch {
    return undefined;
  }
  let sum = 0;
  for (const line of output.split("\n")) {
    if (!line.includes(`pid=${pid},`)) continue;
    sum += Number(/bytes_received:(\d+)/.exec(line)?.[1] ?? 0);
  }
  return sum;
}
