import { create } from "@bufbuild/protobuf";
import { bytesEqual, type Clock, type Timers, toHex } from "@coterie/core";
import { SessionServer } from "@coterie/peer-session";
import {
  type ClientCall,
  type ClientHello,
  type ClientReply,
  Error_Code,
  type ServerHello,
  ServerHelloSchema,
} from "@coterie/wire";
import { failure, isFailure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import { weighClientCall, weighClientReply } from "../membership/weights.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import type { ClientService } from "./client-service.ts";

export interface ClientSessionsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cluster: Cluster;
  readonly clients: ClientService;
  readonly onFault: (error: unknown, doing: string) => void;
}

export type ClientSessions = SessionServer<ServerHello, ClientCall, ClientReply, ClientHello>;

/** The streams of SDKs: the requests of `KvService`, many in flight on one session. */
export function clientSessions(parts: ClientSessionsParts): ClientSessions {
  const { clock, timers, cluster, clients, onFault } = parts;
  const reply = (id: number, body: ClientReply["body"]): ClientReply => ({
    $typeName: "coterie.v1.ClientReply",
    id,
    body,
    epoch: cluster.hasRing ? cluster.ring.record.epoch : 0,
  });
  return new SessionServer({
    clock,
    timers,
    greet: (theirs) => greet(cluster, theirs),
    handle: ({ id, body, timeoutMs: leftMs }) => {
      switch (body.case) {
        case "put":
          curb(body.value, leftMs);
          return clients
            .put(body.value)
            .then((value) =>
              reply(id, isFailure(value) ? { case: "error", value } : { case: "put", value }),
            );
        case "get":
          curb(body.value, leftMs);
          return clients
            .get(body.value)
            .then((value) =>
              reply(id, isFailure(value) ? { case: "error", value } : { case: "get", value }),
            );
        default:
          return answer(clients, body, leftMs).then((answered) => reply(id, answered));
      }
    },
    weighCall: weighClientCall,
    weighReply: weighClientReply,
    reject: (call, { type, detail }) => {
      const code = type === "draining" ? Error_Code.NOT_READY : Error_Code.INTERNAL;
      return reply(call.id, { case: "error", value: failure(code, detail) });
    },
    onFault: (error, call) => onFault(error, `answering a client's ${call.body.case}`),
  });
}

function greet(cluster: Cluster, theirs: ClientHello): { hello: ServerHello; refused?: string } {
  const hello = {
    protocolVersion: PROTOCOL_VERSION,
    clusterId: cluster.clusterId,
    nodeId: cluster.self,
    epoch: cluster.hasRing ? cluster.ring.record.epoch : 0,
  };
  const refused = faultOf(cluster, theirs);
  if (refused === undefined) return { hello: create(ServerHelloSchema, hello) };
  const reason = failure(Error_Code.WRONG_CLUSTER, refused);
  return { hello: create(ServerHelloSchema, { ...hello, refused: reason }), refused };
}

function faultOf(cluster: Cluster, theirs: ClientHello): string | undefined {
  if (theirs.protocolVersion !== PROTOCOL_VERSION) {
    return `the client speaks protocol ${theirs.protocolVersion}, and node ${cluster.self} speaks ${PROTOCOL_VERSION}: use versions that go together`;
  }
  if (theirs.clusterId.length > 0 && !bytesEqual(theirs.clusterId, cluster.clusterId)) {
    return `node ${cluster.self} belongs to cluster ${toHex(cluster.clusterId)}, and the client looks for ${toHex(theirs.clusterId)}`;
  }
  return undefined;
}

/** The request was made when the call began; since then it may have waited for its turn on the stream. */
function curb(request: { timeoutMs: number }, leftMs: number): void {
  if (leftMs > 0 && request.timeoutMs > leftMs) request.timeoutMs = leftMs;
}

/** Of all but puts and gets. */
async function answer(
  clients: ClientService,
  body: Exclude<ClientCall["body"], { case: "put" | "get" }>,
  leftMs: number,
): Promise<ClientReply["body"]> {
  switch (body.case) {
    case "delete": {
      curb(body.value, leftMs);
      const value = await clients.delete(body.value);
      return isFailure(value) ? { case: "error", value } : { case: "delete", value };
    }
    case "define": {
      const value = await clients.define(body.value);
      return isFailure(value) ? { case: "error", value } : { case: "define", value };
    }
    case "listKeys": {
      const value = await clients.listKeys(body.value);
      return isFailure(value) ? { case: "error", value } : { case: "listKeys", value };
    }
    case "topology":
      return { case: "topology", value: clients.topology() };
    case undefined: {
      const detail = "this node does not know the call: the client is of a newer version";
      return { case: "error", value: failure(Error_Code.INVALID, detail) };
    }
  }
}
