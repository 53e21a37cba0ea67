import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** Bytes on their way from one socket to another, in order, each chunk late by what the proxy says then. */
class Pipe {
  readonly #to: Socket;
  readonly #delayMs: () => number;
  #dueMs = 0;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#to = to;
    this.#delayMs = delayMs;
    from.on("data", (chunk) => this.#pass(() => to.write(chunk)));
    from.on("end", () => this.#pass(() => to.end()));
  }

  #pass(action: () => void): void {
    const nowMs = performance.now();
    const delayMs = this.#delayMs();
    if (delayMs === 0 && this.#dueMs <= nowMs) {
      action();
      return;
    }
    this.#dueMs = Math.max(this.#dueMs, nowMs + delayMs);
    setTimeout(() => {
      if (!this.#to.destroyed) action();
    }, this.#dueMs - nowMs);
  }
}

/** Stands before a node: what others send it and what it answers goes through here, late or not at all. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #replyDelayMs = 0;
  #isCut = false;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((caller) => {
      const node = dial(target.port, target.host);
      this.#keep(caller, node);
      this.#keep(node, caller);
      new Pipe(caller, node, () => 0);
      new Pipe(node, caller, () => this.#replyDelayMs);
    });
  }

  /** Listens on a port of `host`, a free one unless given; `port` tells which. */
  static async before(target: { host: string; port: number }, host: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Each answer comes so much later from now on. */
  slow(replyDelayMs: number): void {
    this.#replyDelayMs = replyDelayMs;
  }

  /** Nothing passes any more, and nobody is told: connections stand, new ones are taken and stay mute. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
    // Data listeners that come later set the socket flowing, unless it was paused by then.
    if (this.#isCut) socket.pause();
  }
}
