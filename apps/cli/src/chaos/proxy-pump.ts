import type { Socket } from "node:net";

/** One way between two nodes, shared by all connections on it. */
export interface Route {
  /** What is sent waits: nobody is told that the way is cut. */
  held: boolean;
  delayMs: number;
}

interface Chunk {
  readonly dueMs: number;
  readonly bytes: Buffer;
}

/** Beyond so many chunks the sender feels that nothing moves. */
const CHUNKS_MAX = 64;

/** Carries the bytes of one direction of a connection, as late as its route says; the news of its end, too. */
export class ProxyPump {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #route: Route;
  #chunks: Chunk[] = [];
  #end: "open" | "ended" | "broken" = "open";
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, route: Route) {
    this.#source = source;
    this.#sink = sink;
    this.#route = route;
    source.on("data", (bytes: Buffer) => {
      this.#chunks.push({ dueMs: performance.now() + route.delayMs, bytes });
      if (this.#chunks.length >= CHUNKS_MAX) source.pause();
      this.move();
    });
    source.on("end", () => this.#over("ended"));
    source.on("error", () => this.#over("broken"));
    source.on("close", () => this.#over("broken"));
    sink.on("drain", () => this.move());
  }

  /** Delivers what may go now. To be called when the route has changed. */
  move(): void {
    clearTimeout(this.#timer);
    if (this.#route.held || this.#sink.destroyed) return;
    for (let next = this.#chunks[0]; next !== undefined; next = this.#chunks[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.move(), waitMs);
        return;
      }
      this.#chunks.shift();
      if (!this.#sink.write(next.bytes)) return;
    }
    if (this.#end === "open") this.#source.resume();
    else if (this.#end === "ended") this.#sink.end();
    else this.#sink.destroy();
  }

  #over(how: "ended" | "broken"): void {
    if (this.#end === "broken") return;
    this.#end = how;
    this.move();
  }
}
