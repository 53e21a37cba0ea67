import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { AdminService, type Error as Failure, KvService } from "@coterie/wire";
import {
  type ChannelCredentials,
  Client,
  connectivityState as Connectivity,
  credentials as Credentials,
  type ServiceError,
  status as Status,
} from "@grpc/grpc-js";
import { clientOptions } from "./channel-options.ts";
import { decodeError } from "./error-status.ts";
import { clientMethod } from "./service-adapter.ts";
import { TetheredCredentials } from "./tethered-credentials.ts";

/** What became of a unary call. It never rejects. */
export type UnaryResult<T> =
  | { readonly type: "ok"; readonly response: T }
  /** `error.code` IN_DOUBT: no answer came, and it may have been carried out. `status` is gRPC's. */
  | { readonly type: "failed"; readonly error: Failure; readonly status: Status };

export interface UnaryClientOptions {
  /** Default: without encryption. */
  readonly credentials?: ChannelCredentials;
  /** For calls that name none, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

export interface UnaryCallOptions {
  readonly timeoutMs?: number;
}

type UnaryMethod<M> = M extends { methodKind: "unary"; input: infer I; output: infer O }
  ? I extends DescMessage
    ? O extends DescMessage
      ? (
          request: MessageInitShape<I>,
          options?: UnaryCallOptions,
        ) => Promise<UnaryResult<MessageShape<O>>>
      : never
    : never
  : never;

/** The unary methods of a service, by their names in TypeScript. */
export type UnaryClient<S extends DescService> = {
  readonly [K in keyof S["method"] as S["method"][K] extends { methodKind: "unary" }
    ? K
    : never]: UnaryMethod<S["method"][K]>;
} & {
  /** Closes the connection; calls under way still end. */
  close(): void;
};

/** A client for the unary methods of `service` at `address` ("host:port"), each call with its own deadline. */
export function unaryClient<S extends DescService>(
  service: S,
  address: string,
  options: UnaryClientOptions = {},
): UnaryClient<S> {
  const connection = new Connection(address, options);
  const client: Record<string, unknown> = { close: () => connection.close() };
  for (const method of service.methods) {
    if (method.methodKind !== "unary") continue;
    const definition = clientMethod(method);
    client[method.localName] = (
      request: MessageInitShape<DescMessage>,
      { timeoutMs }: UnaryCallOptions = {},
    ) => connection.call(definition, create(method.input, request), timeoutMs);
  }
  return client as UnaryClient<S>;
}

/** Reads and writes, a call at a time. Many at once belong on a session. */
export function kvClient(
  address: string,
  options?: UnaryClientOptions,
): UnaryClient<typeof KvService> {
  return unaryClient(KvService, address, options);
}

export function adminClient(
  address: string,
  options?: UnaryClientOptions,
): UnaryClient<typeof AdminService> {
  return unaryClient(AdminService, address, options);
}

/** One grpc-js client at a time; one that got stuck is replaced [trap 30]. */
class Connection {
  readonly #address: string;
  readonly #credentials: ChannelCredentials;
  readonly #timeoutMs: number;
  #tether!: TetheredCredentials;
  #client: Client;

  constructor(address: string, options: UnaryClientOptions) {
    this.#address = address;
    this.#credentials = options.credentials ?? Credentials.createInsecure();
    this.#timeoutMs = options.timeoutMs ?? 5000;
    this.#client = this.#connect();
  }

  call(
    method: ReturnType<typeof clientMethod<DescMethod>>,
    request: MessageShape<DescMessage>,
    timeoutMs = this.#timeoutMs,
  ): Promise<UnaryResult<MessageShape<DescMessage>>> {
    const client = this.#client;
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          if (error === null) {
            resolve({ type: "ok", response: response! });
            return;
          }
          this.#replaceIfStuck(client, error);
          resolve({ type: "failed", error: decodeError(error), status: error.code });
        },
      );
    });
  }

  close(): void {
    const isConnecting = this.#isConnecting(this.#client);
    this.#client.close();
    if (isConnecting) this.#tether.cut();
  }

  #connect(): Client {
    this.#tether = new TetheredCredentials(this.#credentials);
    return new Client(this.#address, this.#tether.credentials, {
      ...clientOptions,
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  #replaceIfStuck(client: Client, error: ServiceError): void {
    if (client !== this.#client || error.code !== Status.DEADLINE_EXCEEDED) return;
    if (!this.#isConnecting(client)) return;
    this.close();
    this.#client = this.#connect();
  }

  #isConnecting(client: Client): boolean {
    return client.getChannel().getConnectivityState(false) === Connectivity.CONNECTING;
  }
}
