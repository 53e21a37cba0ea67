import { kvClient } from "../src/unary-client.ts";
import { TestNode } from "./node.ts";
import { until } from "./until.ts";

const node = new TestNode();
const address = await node.listen();
const client = kvClient(address);
await client.getTopology({});
const t = performance.now();
const call = client.put({ key: new TextEncoder().encode("never") }, { timeoutMs: 10_000 });
await until(() => node.unanswered === 1, "arrive");
console.log("arrived", performance.now() - t);
if (process.argv[2] === "drain") console.log(await node.server.drain(100));
else node.stop();
console.log("stopped", performance.now() - t);
console.log(await call, performance.now() - t);
client.close();
