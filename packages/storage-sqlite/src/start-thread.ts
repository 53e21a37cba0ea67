import { Worker } from "node:worker_threads";
import { StorageError } from "@coterie/shard-engine";
import type { Opened, ThreadData } from "./protocol.ts";

/** Starts a shard's thread and waits for its word. Throws `StorageError` when it cannot open its file. */
export async function startThread(data: ThreadData): Promise<Worker> {
  const worker = new Worker(new URL("./shard-thread.js", import.meta.url), {
    workerData: data,
    name: `coterie-shard-${data.shard}`,
  });
  const opened = await new Promise<Opened>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if (opened.type === "opened") return worker;
  await worker.terminate();
  throw new StorageError(opened.kind, opened.message);
}
