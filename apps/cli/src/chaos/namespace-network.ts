import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { ChaosNetwork } from "./chaos-network.ts";

const PORT = 7400;
const BRIDGE = "coterie";

/**
 * Every node has a network namespace of its own, joined by a bridge to which clients have access: cuts are the
 * kernel's. To be set up in a private network and mount namespace (see `isolated.ts`), with which it ends.
 */
export class NamespaceNetwork implements ChaosNetwork {
  readonly name = "network namespaces";
  readonly canSlow: boolean;
  readonly #ids: readonly string[];
  readonly #cuts = new Set<string>();
  readonly #slow = new Set<string>();

  private constructor(ids: readonly string[], canSlow: boolean) {
    this.#ids = ids;
    this.canSlow = canSlow;
  }

  static open(ids: readonly string[]): NamespaceNetwork {
    // Names of namespaces are files; ours must not be everybody's.
    mkdirSync("/run/netns", { recursive: true });
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns");
    ip("link", "set", "lo", "up");
    ip("link", "add", BRIDGE, "type", "bridge");
    ip("address", "add", "10.91.0.254/24", "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
    for (const [i, id] of ids.entries()) {
      const outside = `v-${id}`;
      ip("netns", "add", id);
      ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", id);
      ip("link", "set", outside, "master", BRIDGE, "up");
      ip("-n", id, "link", "set", "lo", "up");
      ip("-n", id, "address", "add", `${hostOf(i)}/24`, "dev", "eth0");
      ip("-n", id, "link", "set", "eth0", "up");
    }
    return new NamespaceNetwork(ids, canDelay(ids[0]!));
  }

  /** Where others and clients reach the node; it listens there itself. */
  addressOf(id: string): string {
    return `${this.#hostOf(id)}:${PORT}`;
  }

  /** Runs a program as a node of the network. */
  launcherOf(id: string): string[] {
    return ["ip", "netns", "exec", id];
  }

  cut(from: string, to: string): void {
    const cut = `${from} ${to}`;
    if (this.#cuts.has(cut)) return;
    this.#cuts.add(cut);
    ip("-n", from, "route", "add", "blackhole", this.#hostOf(to));
  }

  slow(node: string, delayMs: number): void {
    run("tc", "-n", node, "qdisc", "replace", ...netem("eth0", delayMs));
    this.#slow.add(node);
  }

  reset(a: string, b: string): void {
    run("ip", "netns", "exec", a, "ss", "--kill", "--no-header", "dst", this.#hostOf(b));
  }

  heal(): void {
    for (const cut of this.#cuts) {
      const [from = "", to = ""] = cut.split(" ");
      ip("-n", from, "route", "del", "blackhole", this.#hostOf(to));
    }
    for (const node of this.#slow) run("tc", "-n", node, "qdisc", "del", "dev", "eth0", "root");
    this.#cuts.clear();
    this.#slow.clear();
  }

  close(): void {
    this.heal();
  }

  #hostOf(id: string): string {
    return hostOf(this.#ids.indexOf(id));
  }
}

function hostOf(index: number): string {
  return `10.91.0.${index + 1}`;
}

function netem(device: string, delayMs: number): string[] {
  return ["dev", device, "root", "netem", "delay", `${delayMs}ms`];
}

/** Not every kernel has the module. */
function canDelay(node: string): boolean {
  try {
    run("tc", "-n", node, "qdisc", "add", ...netem("lo", 1));
    return true;
  } catch {
    return false;
  }
}

function ip(...args: string[]): void {
  run("ip", ...args);
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
