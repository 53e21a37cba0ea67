// The skeleton's disk: rows come in frames, all frames that have arrived are one transaction.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { ByteReader } from "@coterie/core";
import { SqliteStore } from "@coterie/storage-sqlite";

export type ToThread =
  | { readonly type: "write"; readonly rows: Uint8Array }
  | { readonly type: "read"; readonly id: number; readonly key: Uint8Array };
/** So many frames are durable; or the row that was asked for. */
export type FromThread =
  | { readonly type: "written"; readonly frames: number }
  | { readonly type: "row"; readonly id: number; readonly value: Uint8Array | undefined };

const port = parentPort!;
const store = SqliteStore.open(workerData as string);

port.on("message", (first: ToThread) => {
  const frames: Uint8Array[] = [];
  const keys: { id: number; key: Uint8Array }[] = [];
  for (let message: ToThread | undefined = first; message !== undefined; ) {
    if (message.type === "write") frames.push(message.rows);
    else keys.push(message);
    message = receiveMessageOnPort(port)?.message as ToThread | undefined;
  }
  const transaction = store.begin();
  for (const { id, key } of keys) {
    const value = transaction.get("rows", key);
    port.postMessage({ type: "row", id, value } satisfies FromThread);
  }
  for (const frame of frames) {
    const reader = new ByteReader(frame);
    while (reader.remaining > 0) transaction.put("rows", reader.block(), reader.block());
  }
  transaction.commit();
  if (frames.length > 0) {
    port.postMessage({ type: "written", frames: frames.length } satisfies FromThread);
  }
});
