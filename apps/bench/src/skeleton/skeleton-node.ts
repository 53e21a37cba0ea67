// One node of the skeleton: `runSkeleton` starts three.
import process from "node:process";
import { create } from "@bufbuild/protobuf";
import { systemClock, systemTimers } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import { rowKey } from "@coterie/shard-engine";
import { approximateBytes, GrpcServer } from "@coterie/transport-grpc";
import {
  type Bucket,
  BucketMode,
  BucketSchema,
  type ClientCall,
  type ClientHello,
  type ClientReply,
  ClientReplySchema,
  ErrorSchema,
  GetResponseSchema,
  GetTopologyResponseSchema,
  KvService,
  PROTOCOL_VERSION,
  PutResponseSchema,
  ReceiptSchema,
  ReplicaService,
  type ServerHello,
  ServerHelloSchema,
} from "@coterie/wire";
import { BareReplicas, bareReplica } from "./bare-replicas.ts";
import { BareShard } from "./bare-shard.ts";
import type { FromSkeleton, ToSkeleton } from "./run-skeleton.ts";

const [file = "", id = ""] = process.argv.slice(2);
const clusterId = new Uint8Array(16).fill(1);
/** As large as the engine's are for a key that one client writes. */
const context = new Uint8Array(32);
const receipt = create(ReceiptSchema, {
  epoch: 1,
  acknowledged: ["n1", "n2"],
  primaries: 2,
  required: 2,
  intersects: true,
  coordinator: id,
});
const buckets = new Map<string, Bucket>();
const shard = new BareShard(file);
let addresses: readonly string[] = [];
let replicas = new BareReplicas(shard, []);

async function answer({ body }: ClientCall): Promise<ClientReply["body"]> {
  switch (body.case) {
    case "put": {
      const { bucket, key, value } = body.value;
      await replicas.write(rowKey(bucket, key), value);
      return { case: "put", value: create(PutResponseSchema, { context, receipt }) };
    }
    case "get": {
      const value = await replicas.read(rowKey(body.value.bucket, body.value.key));
      const siblings = value === undefined ? [] : [{ value }];
      return { case: "get", value: create(GetResponseSchema, { siblings, context, receipt }) };
    }
    case "define": {
      const bucket = create(BucketSchema, {
        name: body.value.name,
        n: 3,
        r: 2,
        w: 2,
        mode: BucketMode.SIBLINGS,
      });
      buckets.set(bucket.name, bucket);
      return { case: "define", value: bucket };
    }
    case "topology":
      return { case: "topology", value: topology() };
    default: {
      const message = "the skeleton has puts and gets alone";
      return { case: "error", value: create(ErrorSchema, { message }) };
    }
  }
}

function topology() {
  return create(GetTopologyResponseSchema, {
    clusterId,
    epoch: 1,
    partitions: 1024,
    owners: addresses.map((_, index) => ({ id: `n${index + 1}`, weight: 1, zone: "" })),
    addresses: addresses.map((address, index) => ({ id: `n${index + 1}`, address })),
    buckets: [...buckets.values()],
  });
}

const server = new GrpcServer()
  .addService(KvService, {
    connect: new SessionServer<ServerHello, ClientCall, ClientReply, ClientHello>({
      clock: systemClock,
      timers: systemTimers,
      greet: () => {
        const hello = { protocolVersion: PROTOCOL_VERSION, clusterId, nodeId: id, epoch: 1 };
        return { hello: create(ServerHelloSchema, hello) };
      },
      handle: async (call) =>
        create(ClientReplySchema, { id: call.id, body: await answer(call), epoch: 1 }),
      reject: (call) => create(ClientReplySchema, { id: call.id }),
      weighCall: approximateBytes,
      weighReply: approximateBytes,
    }),
  })
  .addService(ReplicaService, { exchange: bareReplica(shard) });

const bound = await server.bind("127.0.0.1:0");
if (bound.type === "failed") throw new Error(bound.reason);
const tell = (message: FromSkeleton): void => {
  process.send?.(message);
};
tell({ type: "bound", address: bound.address });
process.on("message", (message: ToSkeleton) => {
  addresses = message.addresses;
  replicas = new BareReplicas(
    shard,
    addresses.filter((address) => address !== bound.address),
  );
  tell({ type: "ready" });
});
process.on("disconnect", () => process.exit());
