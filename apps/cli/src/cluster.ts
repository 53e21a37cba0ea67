import { performance } from "node:perf_hooks";
import {
  adminClient,
  kvClient,
  type UnaryCallOptions,
  type UnaryClient,
  type UnaryResult,
} from "@coterie/transport-grpc";
import type { AdminService, KvService } from "@coterie/wire";
import { askCluster } from "./ask-cluster.ts";
import { clusterAddresses } from "./cluster-address.ts";
import type { ClusterOptions } from "./cluster-options.ts";

type Kv = UnaryClient<typeof KvService>;
type Admin = UnaryClient<typeof AdminService>;
type Call<C, T> = (client: C, options: UnaryCallOptions) => Promise<UnaryResult<T>>;

/** How long before the caller's deadline the node's own ends, so that its answer still arrives. */
const ANSWER_MS = 150;

/** The nodes of `--cluster`, for one command. */
export class Cluster {
  readonly #addresses: readonly string[];
  readonly #timeoutMs: number;
  /** Of the whole command, from its first request on. */
  #endMs: number | undefined;

  constructor({ cluster, timeoutMs }: ClusterOptions) {
    this.#addresses = clusterAddresses(cluster);
    this.#timeoutMs = timeoutMs;
  }

  /** A read: may be repeated anywhere. */
  read<T>(call: (kv: Kv, requestMs: number, options: UnaryCallOptions) => ReturnType<Call<Kv, T>>) {
    return this.#kv("read", call);
  }

  /** A write that carries its operation id: may be repeated anywhere. */
  write<T>(
    call: (kv: Kv, requestMs: number, options: UnaryCallOptions) => ReturnType<Call<Kv, T>>,
  ) {
    return this.#kv("write", call);
  }

  /** A question to one node about the cluster, or a definition that is the same when repeated. */
  admin<T>(call: Call<Admin, T>): Promise<T> {
    return this.#ask<T>("read", (address, timeoutMs) =>
      once(adminClient(address), (client) => call(client, { timeoutMs })),
    );
  }

  #kv<T>(
    kind: "read" | "write",
    call: (kv: Kv, requestMs: number, options: UnaryCallOptions) => Promise<UnaryResult<T>>,
  ): Promise<T> {
    return this.#ask<T>(kind, (address, timeoutMs) => {
      const requestMs = Math.ceil(Math.max(timeoutMs - ANSWER_MS, timeoutMs * 0.8));
      return once(kvClient(address), (client) => call(client, requestMs, { timeoutMs }));
    });
  }

  #ask<T>(
    kind: "read" | "write",
    call: (address: string, timeoutMs: number) => Promise<UnaryResult<T>>,
  ): Promise<T> {
    const nowMs = (): number => performance.now();
    this.#endMs ??= nowMs() + this.#timeoutMs;
    return askCluster({ addresses: this.#addresses, endMs: this.#endMs, kind, call, nowMs });
  }
}

async function once<C extends { close(): void }, T>(
  client: C,
  call: (client: C) => Promise<T>,
): Promise<T> {
  try {
    return await call(client);
  } finally {
    client.close();
  }
}
