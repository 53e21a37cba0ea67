import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { ChaosNetwork } from "./chaos-network.ts";
import { ProxyPump, type Route } from "./proxy-pump.ts";
import { socketOwner } from "./socket-owner.ts";

/** A node behind its proxy. */
export interface ProxyTarget {
  readonly id: string;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Of its process, while one runs. */
  readonly pid: () => number | undefined;
}

interface Connection {
  /** The dialling node; undefined: a client. */
  readonly from: string | undefined;
  readonly to: string;
  readonly sockets: readonly Socket[];
  readonly pumps: readonly ProxyPump[];
}

/**
 * Every node is reached through a TCP proxy of its own, which needs no privileges. Who dials is found out
 * by the process that owns the other end, so that single pairs can be cut, one way or both.
 */
export class ProxyNetwork implements ChaosNetwork {
  readonly name = "TCP proxies";
  readonly canSlow = true;
  readonly #targets: readonly ProxyTarget[];
  readonly #servers = new Map<string, Server>();
  readonly #routes = new Map<string, Route>();
  readonly #connections = new Set<Connection>();

  private constructor(targets: readonly ProxyTarget[]) {
    this.#targets = targets;
  }

  static async open(targets: readonly ProxyTarget[]): Promise<ProxyNetwork> {
    const network = new ProxyNetwork(targets);
    for (const target of targets) await network.#listen(target);
    return network;
  }

  /** Where others and clients reach the node. */
  addressOf(id: string): string {
    return `127.0.0.1:${portOf(this.#servers.get(id)!)}`;
  }

  cut(from: string, to: string): void {
    this.#route(from, to).held = true;
  }

  slow(node: string, delayMs: number): void {
    for (const { id } of this.#targets) {
      this.#route(node, id).delayMs = delayMs;
      this.#route(id, node).delayMs = delayMs;
    }
  }

  reset(a: string, b: string): void {
    for (const { from, to, sockets } of this.#connections) {
      const isBetween = (from === a && to === b) || (from === b && to === a);
      if (isBetween) for (const socket of sockets) socket.resetAndDestroy();
    }
  }

  heal(): void {
    for (const route of this.#routes.values()) {
      route.held = false;
      route.delayMs = 0;
    }
    for (const { pumps } of this.#connections) for (const pump of pumps) pump.move();
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
    for (const { sockets } of this.#connections) for (const socket of sockets) socket.destroy();
  }

  async #listen(target: ProxyTarget): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    this.#servers.set(target.id, server);
    server.on("connection", (socket) => this.#accept(socket, target, portOf(server)));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
  }

  #accept(dialled: Socket, { id, port }: ProxyTarget, ownPort: number): void {
    const from = this.#nodeBehind(dialled, ownPort);
    const onward = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const there = from === undefined ? OPEN : this.#route(from, id);
    const back = from === undefined ? OPEN : this.#route(id, from);
    const connection: Connection = {
      from,
      to: id,
      sockets: [dialled, onward],
      pumps: [new ProxyPump(dialled, onward, there), new ProxyPump(onward, dialled, back)],
    };
    this.#connections.add(connection);
    for (const socket of connection.sockets) {
      socket.on("close", () => {
        if (connection.sockets.every((each) => each.destroyed)) {
          this.#connections.delete(connection);
        }
      });
    }
  }

  #nodeBehind(dialled: Socket, to: number): string | undefined {
    const pids = this.#targets.map(({ pid }) => pid()).filter((pid) => pid !== undefined);
    const owner = socketOwner(pids, { from: dialled.remotePort ?? 0, to });
    return this.#targets.find(({ pid }) => owner !== undefined && pid() === owner)?.id;
  }

  #route(from: string, to: string): Route {
    const name = `${from} ${to}`;
    let route = this.#routes.get(name);
    if (route === undefined) {
      route = { held: false, delayMs: 0 };
      this.#routes.set(name, route);
    }
    return route;
  }
}

/** Of clients: never cut, never slow. */
const OPEN: Route = { held: false, delayMs: 0 };

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
