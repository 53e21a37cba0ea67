// What the SDK adds to a call: three nodes that answer at once, in this process, without encoding.
import { create } from "@bufbuild/protobuf";
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import { MemoryNetwork } from "@coterie/peer-session/testing";
import {
  BucketMode,
  BucketSchema,
  type ClientCall,
  type ClientHello,
  type ClientReply,
  ClientReplySchema,
  type ConnectRequest,
  type ConnectResponse,
  GetResponseSchema,
  GetTopologyResponseSchema,
  PROTOCOL_VERSION,
  PutResponseSchema,
  ReceiptSchema,
  type ServerHello,
  ServerHelloSchema,
} from "@coterie/wire";
import { openStore, type SiblingBucket } from "../src/core/index.ts";

const NODES = ["a", "b", "c"];
const CALLS = 100_000;
const time = { ...systemClock, ...systemTimers };
const network = new MemoryNetwork({ time, copy: (frame) => frame });
const receipt = create(ReceiptSchema, { epoch: 1, required: 2 });
const put = { case: "put", value: create(PutResponseSchema, { receipt }) } as const;
const get = { case: "get", value: create(GetResponseSchema, { receipt }) } as const;
const topology = create(GetTopologyResponseSchema, {
  epoch: 1,
  partitions: 1024,
  owners: NODES.map((id) => ({ id, weight: 1, zone: id })),
  addresses: NODES.map((id) => ({ id, address: id })),
  buckets: [create(BucketSchema, { name: "bench", n: 3, r: 2, w: 2, mode: BucketMode.SIBLINGS })],
});

for (const id of NODES) {
  const server = new SessionServer<ServerHello, ClientCall, ClientReply, ClientHello>({
    ...time,
    clock: time,
    timers: time,
    greet: () => ({
      hello: create(ServerHelloSchema, { protocolVersion: PROTOCOL_VERSION, nodeId: id, epoch: 1 }),
    }),
    handle: ({ body }) => {
      if (body.case === "topology") return reply({ case: "topology", value: topology });
      return reply(body.case === "get" ? get : put);
    },
    reject: () => {
      throw new Error("no call is rejected here");
    },
  });
  network.listen(id, server);
}

function reply(body: ClientReply["body"]): ClientReply {
  return create(ClientReplySchema, { body, epoch: 1 });
}

const dialer = network.dialer<ConnectRequest, ConnectResponse>("client");
await using store = await openStore(NODES, { dialer, random: systemRandom });
const bucket = store.bucket<{ n: number }>("bench");

async function measure(
  name: string,
  concurrency: number,
  call: (bucket: SiblingBucket<{ n: number }>, i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const beganMs = performance.now();
  const workers = Array.from({ length: concurrency }, async () => {
    while (next < CALLS) await call(bucket, next++);
  });
  await Promise.all(workers);
  const seconds = (performance.now() - beganMs) / 1000;
  console.log(`${name}, ${concurrency} at once: ${Math.round(CALLS / seconds)} calls/s`);
}

for (const concurrency of [16, 256, 1024]) {
  await measure("get", concurrency, (b, i) => b.get(`key-${i}`));
  await measure("put", concurrency, (b, i) => b.put(`key-${i}`, { n: i }, "unseen"));
}
