import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./writer-process.ts", import.meta.url));

/** A writer in a process of its own. */
export class WriterProcess {
  readonly #child: ChildProcess;
  readonly #opened: Promise<void>;
  #output = "";

  constructor(directory: string, writers: number) {
    this.#child = spawn(process.execPath, ["--import", "tsx", SCRIPT, directory, String(writers)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#opened = new Promise((resolve, reject) => {
      this.#child.stdout!.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString("latin1");
        if (this.#output.startsWith("open\n")) resolve();
      });
      this.#child.on("exit", (code) => reject(new Error(`the writer ended with code ${code}`)));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when the directory is open. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** The keys whose put was acknowledged so far. */
  get acknowledged(): string[] {
    return this.#output.split("\n").slice(1, -1);
  }

  /** `kill -9`; resolves when the process is gone and all it had said is read. */
  async kill(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }
}
