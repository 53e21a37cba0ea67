// The other process of the benchmark: answers puts, alone, one to a frame and gathered into frames.
import { create } from "@bufbuild/protobuf";
import { systemClock, systemTimers } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import { approximateBytes, GrpcServer } from "@coterie/transport-grpc";
import {
  type ClientCall,
  ClientReplySchema,
  DeleteResponseSchema,
  GetResponseSchema,
  GetTopologyResponseSchema,
  KvService,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  type PeerReply,
  PeerReplySchema,
  PutResponseSchema,
  ReplicaService,
} from "@coterie/wire";

const context = new Uint8Array(32);
const put = () => create(PutResponseSchema, { context });

const server = new GrpcServer()
  .addService(KvService, {
    put: async () => put(),
    get: async () => create(GetResponseSchema),
    delete: async () => create(DeleteResponseSchema),
    getTopology: async () => create(GetTopologyResponseSchema),
    // Bare: each message is answered by a message of its own.
    connect: {
      accept: (channel) => ({
        frame: ({ requests }: { requests: ClientCall[] }) => {
          const body = { case: "put" as const, value: put() };
          for (const { id } of requests) {
            channel.send({ responses: [create(ClientReplySchema, { id, body })] }, () => {});
          }
        },
        closed: () => {},
      }),
    },
  })
  .addService(ReplicaService, {
    exchange: new SessionServer<NodeHello, PeerCall, PeerReply>({
      clock: systemClock,
      timers: systemTimers,
      greet: () => ({ hello: create(NodeHelloSchema) }),
      handle: async ({ id }) =>
        create(PeerReplySchema, { id, body: { case: "put", value: put() } }),
      reject: () => create(PeerReplySchema),
      weighCall: approximateBytes,
      weighReply: approximateBytes,
    }),
  });

process.send?.(await server.bind("127.0.0.1:0"));
process.on("disconnect", () => process.exit());
