import { GrpcDialer } from "@coterie/transport-grpc";
import { KvService } from "@coterie/wire";
import type { ChannelCredentials } from "@grpc/grpc-js";
import { openStore, type Store, type StoreOptions } from "./core/index.ts";

export interface ConnectOptions extends StoreOptions {
  /** Default: without encryption. */
  readonly credentials?: ChannelCredentials;
}

const ADDRESS_DEFAULT = "127.0.0.1:7400";

/**
 * Opens a cluster over gRPC. `addresses` are `host:port` of some of its nodes, with commas or as a list; the
 * others are learnt from them. Default: `COTERIE_CLUSTER`, else 127.0.0.1:7400.
 * Rejects with a `CoterieError` when none of them answers in time.
 */
export function connect(
  addresses: string | readonly string[] = process.env["COTERIE_CLUSTER"] || ADDRESS_DEFAULT,
  { credentials, ...options }: ConnectOptions = {},
): Promise<Store> {
  const list = typeof addresses === "string" ? addresses.split(",") : addresses;
  const seeds = list.map((address) => address.trim()).filter((address) => address !== "");
  const dialer = new GrpcDialer(
    KvService.method.connect,
    credentials === undefined ? {} : { credentials },
  );
  return openStore(seeds, { dialer }, options);
}
