import { execFileSync } from "node:child_process";

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** A machine of its own for a node, as far as the network goes. */
export interface Namespace {
  readonly host: string;
  /** Starts a command in it. */
  readonly via: readonly string[];
  /** The host's end of its cable. */
  readonly cable: string;
}

/** Network namespaces on one bridge, gone when `close` is called or this process exits. Needs root. */
export class NetworkNamespaces {
  /** The bridge's own address: where this process is reached. */
  readonly host: string;
  readonly namespaces: readonly Namespace[];
  readonly #bridge: string;
  readonly #close = (): void => this.close();

  private constructor(count: number) {
    const net = `10.213.${process.pid % 250}`;
    const tag = `co${process.pid % 100_000}`;
    this.#bridge = `${tag}b`;
    this.host = `${net}.1`;
    this.namespaces = Array.from({ length: count }, (_, i) => ({
      host: `${net}.${i + 11}`,
      via: ["ip", "netns", "exec", `${tag}-${i + 1}`],
      cable: `${tag}h${i + 1}`,
    }));
  }

  /** Undefined: this user or this machine cannot. */
  static open(count: number): NetworkNamespaces | undefined {
    const opened = new NetworkNamespaces(count);
    try {
      opened.#build();
    } catch {
      opened.close();
      return undefined;
    }
    process.on("exit", opened.#close);
    return opened;
  }

  /** Pulls the cable: what is sent either way vanishes. */
  cut({ cable }: Namespace): void {
    ip("link", "set", cable, "down");
  }

  mend({ cable }: Namespace): void {
    ip("link", "set", cable, "up");
  }

  close(): void {
    process.off("exit", this.#close);
    for (const { via } of this.namespaces) attempt(() => ip("netns", "del", via[3]!));
    attempt(() => ip("link", "del", this.#bridge));
  }

  #build(): void {
    ip("link", "add", this.#bridge, "type", "bridge");
    ip("addr", "add", `${this.host}/24`, "dev", this.#bridge);
    ip("link", "set", this.#bridge, "up");
    for (const { host, via, cable } of this.namespaces) {
      const name = via[3]!;
      ip("netns", "add", name);
      ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
      ip("link", "set", cable, "master", this.#bridge, "up");
      ip("-n", name, "addr", "add", `${host}/24`, "dev", "eth0");
      ip("-n", name, "link", "set", "eth0", "up");
      ip("-n", name, "link", "set", "lo", "up");
    }
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It was never made, or is gone already.
  }
}
