// A process that writes until it is killed, and prints each key once its put is durable. Without writers it only
// holds the directory. `tsx writer-process.ts <directory> <writers>`
import { openShards } from "@coterie/storage-sqlite";
import { installRing, put } from "./rows.ts";

const [directory = "", writers = "0"] = process.argv.slice(2);
const { mailboxes } = await openShards({ directory, shards: 1 });
const shard = mailboxes[0]!;
await installRing(mailboxes);
process.stdout.write("open\n");

let keys = 0;
for (let writer = 0; writer < Number(writers); writer++) {
  void (async () => {
    for (;;) {
      const key = `${process.pid}-${keys++}`;
      await put(shard, key, `value of ${key}`);
      process.stdout.write(`${key}\n`);
    }
  })();
}
