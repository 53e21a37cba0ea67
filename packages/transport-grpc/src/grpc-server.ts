import type { DescService } from "@bufbuild/protobuf";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { serverOptions } from "./channel-options.ts";
import { healthFile } from "./health-descriptor.ts";
import { formatAddress, parseAddress, probe } from "./listen-address.ts";
import { addReflection } from "./reflection.ts";
import {
  type ServiceImplementation,
  serviceDefinition,
  serviceHandlers,
} from "./service-adapter.ts";

export type BindResult =
  /** `address` with the port that was really taken. */
  | { readonly type: "bound"; readonly address: string }
  /** A sentence that says what is wrong and what to do. */
  | { readonly type: "failed"; readonly reason: string };

export interface GrpcServerOptions {
  /** Default: without encryption. */
  readonly credentials?: ServerCredentials;
  /** A handler threw: a bug of its own, to be logged. */
  readonly onFault?: (error: unknown, method: string) => void;
}

/**
 * Hosts services with health checking and reflection. Health answers NOT_SERVING until `setServing(true)`.
 */
export class GrpcServer {
  readonly #server = new Server(serverOptions);
  readonly #health = new HealthImplementation();
  readonly #services: DescService[] = [];
  readonly #credentials: ServerCredentials;
  readonly #onFault: (error: unknown, method: string) => void;
  #address: string | undefined;
  #isComplete = false;

  constructor(options: GrpcServerOptions = {}) {
    this.#credentials = options.credentials ?? ServerCredentials.createInsecure();
    this.#onFault = options.onFault ?? (() => {});
    this.setServing(false);
  }

  /** `host:port` as bound; undefined before. */
  get address(): string | undefined {
    return this.#address;
  }

  /** Before `bind`. Methods that `implementation` leaves out are answered UNIMPLEMENTED. */
  addService<S extends DescService>(
    service: S,
    implementation: Partial<ServiceImplementation<S>>,
  ): this {
    this.#services.push(service);
    this.#server.addService(
      serviceDefinition(service),
      serviceHandlers(service, implementation, this.#onFault),
    );
    this.setServing(false);
    return this;
  }

  /** Takes `host:port`; port 0 takes a free one. Once, unless it failed. */
  async bind(address: string): Promise<BindResult> {
    const parsed = parseAddress(address);
    if (typeof parsed === "string") return { type: "failed", reason: parsed };
    const probed = await probe(parsed.host, parsed.port);
    if (typeof probed === "string") return { type: "failed", reason: probed };
    this.#addHealthAndReflection();
    return new Promise((resolve) => {
      const target = formatAddress(probed.ip, parsed.port);
      this.#server.bindAsync(target, this.#credentials, (error, port) => {
        if (error !== null) {
          resolve({ type: "failed", reason: `cannot listen on ${address}: ${error.message}` });
          return;
        }
        this.#address = formatAddress(parsed.host, port);
        resolve({ type: "bound", address: this.#address });
      });
    });
  }

  /** Reflection has to know all services, so it comes last; a bind that failed may be tried again. */
  #addHealthAndReflection(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#health.addToServer(this.#server);
    addReflection(this.#server, this.#services, [healthFile]);
  }

  /** What health checks are told, of the server and of each service. */
  setServing(serving: boolean): void {
    const status = serving ? "SERVING" : "NOT_SERVING";
    this.#health.setStatus("", status);
    for (const { typeName } of this.#services) this.#health.setStatus(typeName, status);
  }

  /**
   * Takes no further connections or calls, lets those under way end, and stops by force after `timeoutMs`.
   * Sessions do not end by themselves: drain their `SessionServer` first. True: nothing had to be forced.
   */
  drain(timeoutMs: number): Promise<boolean> {
    this.setServing(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.stop();
        resolve(false);
      }, timeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** At once: connections are cut. */
  stop(): void {
    this.#server.forceShutdown();
  }
}
