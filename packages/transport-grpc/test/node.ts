import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import {
  type LinkLimits,
  PeerLink,
  type PeerLinkOptions,
  SessionServer,
  type SessionServerOptions,
} from "@coterie/peer-session";
import {
  type ClientCall,
  type ClientHello,
  type ClientReply,
  ClientReplySchema,
  DeleteResponseSchema,
  Error_Code,
  ErrorSchema,
  type ExchangeRequest,
  type Error as Failure,
  GetResponseSchema,
  GetTopologyResponseSchema,
  KvService,
  MergeRowSchema,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  PeerCallSchema,
  type PeerReply,
  PeerReplySchema,
  PutResponseSchema,
  ReadRowResultSchema,
  ReplicaService,
  type ServerHello,
  ServerHelloSchema,
} from "@coterie/wire";
import type { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { approximateBytes } from "../src/approximate-bytes.ts";
import { GrpcDialer } from "../src/grpc-dialer.ts";
import { GrpcServer } from "../src/grpc-server.ts";
import type { ServiceImplementation } from "../src/service-adapter.ts";

const ports = { clock: systemClock, timers: systemTimers };

export const failure = (fields: MessageInitShape<typeof ErrorSchema>): Failure =>
  create(ErrorSchema, fields);

/** Takes any key but "fail <code>", which it fails with that code, "throw", and "never", which it leaves unanswered. */
export const kvHandlers = (
  onUnanswered = (): void => {},
): ServiceImplementation<typeof KvService> => ({
  put: async ({ key, value }) => {
    const [verb, code] = new TextDecoder().decode(key).split(" ");
    if (verb === "throw") throw new Error("a bug");
    if (verb === "never") {
      onUnanswered();
      return new Promise(() => {});
    }
    if (verb === "fail") {
      const message = `the put failed: ${new TextDecoder().decode(value)}`;
      return failure({ code: Number(code), message, required: 2, received: 1, retryAfterMs: 250 });
    }
    return create(PutResponseSchema, { context: value });
  },
  get: async ({ key }) =>
    create(GetResponseSchema, { siblings: [{ value: key, writtenAtMs: 1.5e12 }] }),
  delete: async () => create(DeleteResponseSchema),
  getTopology: async () =>
    create(GetTopologyResponseSchema, { epoch: 7, partitions: 1024, owners: [{ id: "a" }] }),
  connect: new SessionServer<ServerHello, ClientCall, ClientReply, ClientHello>({
    ...ports,
    greet: () => ({ hello: create(ServerHelloSchema, { nodeId: "a" }) }),
    handle: async ({ body }) =>
      create(ClientReplySchema, {
        body:
          body.case === "topology"
            ? { case: "topology", value: { epoch: 7 } }
            : { case: "error", value: { code: Error_Code.INVALID } },
      }),
    reject: (_call, { detail }) =>
      create(ClientReplySchema, { body: { case: "error", value: { message: detail } } }),
  }),
});

export type TestNodeOptions = Partial<SessionServerOptions<NodeHello, PeerCall, PeerReply>> & {
  credentials?: ServerCredentials;
};

/** A node as far as the wire goes: real server, real sessions, an echo for a store. */
export class TestNode {
  readonly server: GrpcServer;
  readonly sessions: SessionServer<NodeHello, PeerCall, PeerReply>;
  readonly faults: string[] = [];
  /** Calls in each frame that arrived. */
  readonly frames: number[] = [];
  /** Puts of the key "never" that arrived. */
  unanswered = 0;

  constructor({ credentials, ...options }: TestNodeOptions = {}) {
    const sessions = new SessionServer<NodeHello, PeerCall, PeerReply>({
      ...ports,
      greet: () => ({ hello: create(NodeHelloSchema, { nodeId: "b" }) }),
      handle: async ({ body }) =>
        create(PeerReplySchema, {
          body: {
            case: "read",
            value: { versions: body.case === "merge" ? body.value.row : new Uint8Array() },
          },
        }),
      reject: (_call, { detail }) =>
        create(PeerReplySchema, { body: { case: "error", value: { message: detail } } }),
      weighCall: approximateBytes,
      weighReply: approximateBytes,
      ...options,
    });
    this.sessions = sessions;
    this.server = new GrpcServer({
      ...(credentials && { credentials }),
      onFault: (error, method) => void this.faults.push(`${method}: ${(error as Error).message}`),
    })
      .addService(
        KvService,
        kvHandlers(() => this.unanswered++),
      )
      .addService(ReplicaService, {
        exchange: {
          accept: (channel, from) => {
            const events = sessions.accept(channel, from);
            return {
              frame: (frame: ExchangeRequest) => {
                this.frames.push(frame.requests.length);
                events.frame(frame);
              },
              closed: (reason) => events.closed(reason),
            };
          },
        },
      });
  }

  async listen(address = "127.0.0.1:0"): Promise<string> {
    const bound = await this.server.bind(address);
    if (bound.type === "failed") throw new Error(bound.reason);
    return bound.address;
  }

  /** As the process ends that is killed. */
  stop(): void {
    this.sessions.close();
    this.server.stop();
  }
}

export type NodeLink = PeerLink<NodeHello, PeerCall, PeerReply>;

export function linkTo(
  address: string,
  options: Partial<PeerLinkOptions<NodeHello, PeerCall, PeerReply>> & {
    limits?: Partial<LinkLimits>;
    credentials?: ChannelCredentials;
  } = {},
): NodeLink {
  return new PeerLink<NodeHello, PeerCall, PeerReply>({
    ...ports,
    random: systemRandom,
    address,
    dialer: new GrpcDialer(
      ReplicaService.method.exchange,
      options.credentials && { credentials: options.credentials },
    ),
    hello: () => create(NodeHelloSchema, { nodeId: "a" }),
    check: ({ refused }) => refused?.message,
    weigh: approximateBytes,
    ...options,
  });
}

export const merge = (row: Uint8Array, versions = new Uint8Array()): PeerCall =>
  create(PeerCallSchema, {
    body: { case: "merge", value: create(MergeRowSchema, { row, versions }) },
  });

/** What the echo answered: the row of the merge. */
export function echoed(reply: PeerReply): Uint8Array | undefined {
  return reply.body.case === "read" ? reply.body.value.versions : undefined;
}

export const readResult = (versions: Uint8Array): PeerReply =>
  create(PeerReplySchema, {
    body: { case: "read", value: create(ReadRowResultSchema, { versions }) },
  });
