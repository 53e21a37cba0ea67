import { openStore, type Store } from "@coterie/client/core";
import type { Dialer } from "@coterie/peer-session";
import { GrpcDialer } from "@coterie/transport-grpc";
import { type ConnectRequest, type ConnectResponse, KvService } from "@coterie/wire";

/** A client that reaches one node alone, so that what it reads came through that one. */
export function viaNode(address: string): Promise<Store> {
  const dialer: Dialer<ConnectRequest, ConnectResponse> = new GrpcDialer(KvService.method.connect);
  const only: typeof dialer = {
    // Port 1 refuses: the others are out of reach.
    dial: (to, events) => dialer.dial(to === address ? to : "127.0.0.1:1", events),
  };
  return openStore([address], { dialer: only }, { timeoutMs: 20_000 });
}
