import type { NodePorts, StorageNode } from "@coterie/node";
import { GrpcServer } from "@coterie/transport-grpc";
import { AdminService, KvService, ReplicaService } from "@coterie/wire";

/** The node's services on a server that is not bound yet. */
export function serve(node: StorageNode, onEvent: NodePorts["onEvent"]): GrpcServer {
  const { clients, operators } = node;
  const server = new GrpcServer({
    onFault: (error, doing) =>
      onEvent({
        type: "fault",
        doing,
        detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
  return server
    .addService(KvService, {
      put: (request, { timeoutMs }) => clients.put(within(request, timeoutMs)),
      get: (request, { timeoutMs }) => clients.get(within(request, timeoutMs)),
      delete: (request, { timeoutMs }) => clients.delete(within(request, timeoutMs)),
      getTopology: async () => clients.topology(),
      connect: node.clientSessions,
    })
    .addService(ReplicaService, { exchange: node.sessions })
    .addService(AdminService, {
      getStatus: () => operators.status(),
      getRing: async (request) => operators.ring(request),
      explainKey: (request) => operators.explain(request),
      createBucket: (request) => operators.createBucket(request),
      listBuckets: async () => operators.listBuckets(),
      showBucket: async (request) => operators.showBucket(request),
      listHints: (request) => operators.listHints(request),
      drainHints: () => operators.drainHints(),
      backUp: (request) => operators.backUp(request),
      repair: (request) => node.repairs.begin(request),
      getRepair: () => node.repairs.progress(),
      beginRingChange: (request) => operators.rings.begin(request),
      amendRingChange: (request) => operators.rings.amend(request),
      getRingChange: () => operators.rings.progress(),
    });
}

/** Of a caller's gRPC deadline, for the node: the rest brings its answer back, which says more than a deadline does. */
const NODE_SHARE = 0.9;

/** A request's own deadline, or the one that gRPC carries, whichever is nearer. */
function within<R extends { timeoutMs: number }>(request: R, grpcMs: number | undefined): R {
  if (grpcMs === undefined) return request;
  const leftMs = Math.max(1, Math.floor(grpcMs * NODE_SHARE));
  if (request.timeoutMs === 0 || request.timeoutMs > leftMs) request.timeoutMs = leftMs;
  return request;
}
