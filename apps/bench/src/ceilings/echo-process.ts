// The other end of the stream ceiling: answers every call of a session at once.
import process from "node:process";
import { create } from "@bufbuild/protobuf";
import { systemClock, systemTimers } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import { approximateBytes, GrpcServer } from "@coterie/transport-grpc";
import {
  MergeRowResultSchema,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  type PeerReply,
  PeerReplySchema,
  ReplicaService,
} from "@coterie/wire";

const value = create(MergeRowResultSchema, { epoch: 1 });
const exchange = new SessionServer<NodeHello, PeerCall, PeerReply>({
  clock: systemClock,
  timers: systemTimers,
  greet: () => ({ hello: create(NodeHelloSchema) }),
  handle: async ({ id }) => create(PeerReplySchema, { id, body: { case: "merge", value } }),
  reject: ({ id }) => create(PeerReplySchema, { id }),
  weighCall: approximateBytes,
  weighReply: approximateBytes,
});
const bound = await new GrpcServer().addService(ReplicaService, { exchange }).bind("127.0.0.1:0");
if (bound.type === "failed") throw new Error(bound.reason);
process.send?.(bound.address);
process.on("disconnect", () => process.exit());
