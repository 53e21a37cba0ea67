import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A TCP relay that can be made to misbehave: the cable between a client and a server. */
export class Cable {
  readonly #server: Server;
  readonly #pairs = new Set<{ near: Socket; far: Socket | undefined }>();
  readonly #target: () => string | undefined;
  #deaf = false;
  /** Connections taken since the start. */
  taken = 0;

  private constructor(target: () => string | undefined) {
    this.#target = target;
    this.#server = createServer((near) => this.#relay(near));
  }

  /** `target` may answer undefined: connections are then taken and left without a word. */
  static async to(target: () => string | undefined): Promise<Cable> {
    const cable = new Cable(target);
    await new Promise<void>((resolve) => cable.#server.listen(0, "127.0.0.1", resolve));
    return cable;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Whatever is connected now carries nothing more, either way, and nobody is told. */
  hang(): void {
    for (const { near, far } of this.#pairs) {
      near.pause().unpipe();
      far?.pause().unpipe();
    }
  }

  /** Takes connections and never answers, or relays again those that come from now on. */
  deafen(deaf: boolean): void {
    this.#deaf = deaf;
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far?.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(near: Socket): void {
    this.taken++;
    const target = this.#deaf ? undefined : this.#target();
    const [host, port] = target?.split(":") ?? [];
    const far = port === undefined ? undefined : connect(Number(port), host);
    const pair = { near, far };
    this.#pairs.add(pair);
    const end = (): void => {
      near.destroy();
      far?.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of [near, far]) socket?.on("error", end).on("close", end).setNoDelay();
    if (far === undefined) near.resume();
    else near.pipe(far).pipe(near);
  }
}
