import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { V8_FLAGS } from "@coterie/storage-node/v8-flags";

export interface ToSkeleton {
  readonly addresses: readonly string[];
}
export type FromSkeleton =
  | { readonly type: "bound"; readonly address: string }
  | { readonly type: "ready" };

export interface Skeleton {
  /** Of its nodes: what `runBench` takes. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const NODES = 3;

/**
 * What the engine is measured against: three processes with the same streams, the same wire messages, one worker
 * with the same SQLite and group commit each, W=2 and R=2 counted; and no versions, contexts, trees, hints,
 * epochs, deadlines or failure handling. Clients see it as a cluster, so that the load generator is the same, too.
 * `directory` must be empty. Nothing of it is fit to keep data.
 */
export async function runSkeleton(directory: string): Promise<Skeleton> {
  const children = Array.from({ length: NODES }, (_, index) => {
    const id = `n${index + 1}`;
    const program = new URL("./skeleton-node.js", import.meta.url);
    // What V8 can do without knowing the store is no part of the store's cost.
    return fork(program, [join(directory, `${id}.sqlite`), id], { execArgv: [...V8_FLAGS] });
  });
  const close = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await ended;
      }),
    );
  };
  try {
    const bound = await Promise.all(children.map((child) => hear(child, "bound")));
    const addresses = bound.map(({ address }) => address);
    const ready = children.map((child) => hear(child, "ready"));
    for (const child of children) child.send({ addresses } satisfies ToSkeleton);
    await Promise.all(ready);
    return { addresses, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Heard<T extends FromSkeleton["type"]> = Extract<FromSkeleton, { type: T }>;

function hear<T extends FromSkeleton["type"]>(child: ChildProcess, type: T): Promise<Heard<T>> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`a skeleton node ended with ${code}`)));
    child.on("message", (message: FromSkeleton) => {
      if (message.type === type) resolve(message as Heard<T>);
    });
  });
}
