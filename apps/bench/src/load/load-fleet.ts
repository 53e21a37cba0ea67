import { type ChildProcess, fork } from "node:child_process";
import type { BenchPlan } from "../plan.ts";
import type { FromLoad, LoadReport, ToLoad } from "./messages.ts";

export interface FleetEvents {
  /** So many records are loaded, by all processes. */
  readonly onLoading: (records: number) => void;
  readonly onProgress: (operations: number, errors: number) => void;
}

/** The load processes of a run. */
export class LoadFleet {
  readonly #children: readonly ChildProcess[];
  readonly #heard: ((message: FromLoad, index: number) => void)[] = [];
  readonly #fail: (error: Error) => void;
  readonly #failed: Promise<never>;
  readonly #loading: number[];
  readonly #progress: { operations: number; errors: number }[];

  constructor(processes: number, events: FleetEvents) {
    let fail!: (error: Error) => void;
    this.#failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    // Whoever waits hears of it; before that it is nobody's.
    this.#failed.catch(() => {});
    this.#fail = fail;
    this.#loading = new Array<number>(processes).fill(0);
    this.#progress = this.#loading.map(() => ({ operations: 0, errors: 0 }));
    this.#children = this.#loading.map((_, index) => this.#start(index, events));
  }

  /** Resolves to how many records were written, and in how many seconds. */
  async prepare(
    plan: BenchPlan,
    isNew: boolean,
  ): Promise<{ readonly records: number; readonly seconds: number }> {
    const prepared = this.#each("prepared");
    for (const [process, child] of this.#children.entries()) {
      child.send({ type: "prepare", plan, process, isNew } satisfies ToLoad);
    }
    const all = await prepared;
    return {
      records: all.reduce((sum, { records }) => sum + records, 0),
      seconds: Math.max(...all.map(({ seconds }) => seconds)),
    };
  }

  /** `onWindow` is told when the last process begins to measure, and when the first has ended to. */
  async run(onWindow: { begin(): void; end(): void }): Promise<readonly LoadReport[]> {
    const begun = this.#each("measuring").then(() => onWindow.begin());
    const ended = Promise.race([this.#any("measured"), this.#failed]).then(() => onWindow.end());
    const done = this.#each("done");
    for (const child of this.#children) child.send({ type: "run" } satisfies ToLoad);
    const [reports] = await Promise.all([done, begun, ended]);
    return reports.map(({ report }) => report);
  }

  /** Ends what still runs. */
  close(): void {
    for (const child of this.#children) {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
    this.#fail(new Error("the run was ended"));
  }

  #start(index: number, { onLoading, onProgress }: FleetEvents): ChildProcess {
    const child = fork(new URL("./load-process.js", import.meta.url), { execArgv: [] });
    child.on("message", (message: FromLoad) => {
      if (message.type === "failed") this.#fail(new Error(message.message));
      if (message.type === "loading") {
        this.#loading[index] = message.records;
        onLoading(this.#loading.reduce((sum, records) => sum + records, 0));
      }
      if (message.type === "progress") {
        this.#progress[index] = message;
        const sum = (of: "operations" | "errors"): number =>
          this.#progress.reduce((total, each) => total + each[of], 0);
        onProgress(sum("operations"), sum("errors"));
      }
      for (const hear of this.#heard) hear(message, index);
    });
    child.once("error", (error) => this.#fail(error));
    child.once("exit", (code, signal) => {
      this.#fail(new Error(`a load process ended by itself (${signal ?? `exit code ${code}`})`));
    });
    return child;
  }

  /** The message of this type of every process. */
  #each<T extends FromLoad["type"]>(type: T): Promise<Extract<FromLoad, { type: T }>[]> {
    const heard: Extract<FromLoad, { type: T }>[] = [];
    const all = new Promise<typeof heard>((resolve) => {
      let missing = this.#children.length;
      this.#heard.push((message, index) => {
        if (message.type !== type) return;
        heard[index] = message as Extract<FromLoad, { type: T }>;
        if (--missing === 0) resolve(heard);
      });
    });
    return Promise.race([all, this.#failed]);
  }

  #any(type: FromLoad["type"]): Promise<void> {
    return new Promise((resolve) => {
      this.#heard.push((message) => {
        if (message.type === type) resolve();
      });
    });
  }
}
