import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Beside what is used already: too little for a commit. */
const ROOM_BYTES = 4_096;
const ROOM_BYTES_MAX = 16 << 20;
const WHOLE = "1g";

/** A file system of its own in memory for one node's data, so that it can be full while the machine's is not. */
export class SmallDisk {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Undefined: this user may not mount. */
  static mount(path: string): SmallDisk | undefined {
    if (process.getuid?.() !== 0) return undefined;
    mkdirSync(path, { recursive: true });
    try {
      run("mount", ["-t", "tmpfs", "-o", `size=${WHOLE}`, "coterie-chaos", path]);
      return new SmallDisk(path);
    } catch {
      return undefined;
    }
  }

  /** Nothing more fits, or next to nothing. */
  fill(): void {
    for (let roomBytes = ROOM_BYTES; ; roomBytes *= 4) {
      const told = run("df", ["--output=used", "-B1", this.#path]);
      const used = Number(told.trim().split("\n").at(-1));
      try {
        run("mount", ["-o", `remount,size=${used + roomBytes}`, this.#path]);
        return;
      } catch (error) {
        // The node has written more meanwhile: it cannot be made smaller than what is on it.
        if (roomBytes > ROOM_BYTES_MAX) throw error;
      }
    }
  }

  /** There is room again. */
  empty(): void {
    run("mount", ["-o", `remount,size=${WHOLE}`, this.#path]);
  }

  /** What is on it is gone. */
  unmount(): void {
    run("umount", ["-l", this.#path]);
  }
}

/** Ends what an earlier run that was killed has left mounted in a directory. */
export function unmountLeftovers(directory: string): void {
  let mounts: string;
  try {
    mounts = readFileSync("/proc/self/mounts", "utf8");
  } catch {
    return;
  }
  for (const line of mounts.split("\n")) {
    const [source, target] = line.split(" ");
    if (source === "coterie-chaos" && target?.startsWith(`${directory}/`)) {
      run("umount", ["-l", target]);
    }
  }
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
