import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { type LoadTarget, nameOf } from "../../load/load-target.ts";
import type { BenchPlan } from "../../plan.ts";
import { PeerError } from "../peer-error.ts";
import { decodeRange, encodePut, encodeRange, PUT_PATH, RANGE_PATH } from "./kv-messages.ts";

/** etcd under load: unary calls, spread over all members as its own client does. Puts know no contexts there. */
export class EtcdTarget implements LoadTarget {
  readonly readsBeforeWrites = 0;
  readonly #clients: readonly Client[];
  readonly #timeoutMs: number;
  readonly #serializable: boolean;
  #turn = 0;

  constructor({ addresses, timeoutMs, peer }: BenchPlan) {
    this.#timeoutMs = timeoutMs;
    this.#serializable = peer?.reads === "serializable";
    this.#clients = addresses.map(
      (address) =>
        new Client(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 }),
    );
  }

  async read(key: number): Promise<number> {
    const request = { key: Buffer.from(nameOf(key)), serializable: this.#serializable };
    return (await this.#call(RANGE_PATH, encodeRange, decodeRange, request)).values.length;
  }

  async insert(key: number, value: Uint8Array): Promise<void> {
    const request = { key: Buffer.from(nameOf(key)), value };
    await this.#call(PUT_PATH, encodePut, () => true, request);
  }

  update(key: number, value: Uint8Array): Promise<void> {
    return this.insert(key, value);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #call<Q, A>(
    path: string,
    encode: (request: Q) => Buffer,
    decode: (bytes: Buffer) => A,
    request: Q,
  ): Promise<A> {
    const client = this.#clients[this.#turn++ % this.#clients.length]!;
    const deadline = Date.now() + this.#timeoutMs;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        encode,
        decode,
        request,
        { deadline },
        (error: ServiceError | null, answer?: A) => {
          if (error === null) resolve(answer!);
          else reject(new PeerError(status[error.code], error.details));
        },
      );
    });
  }
}
