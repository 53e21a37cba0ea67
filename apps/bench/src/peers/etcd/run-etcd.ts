import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

export interface EtcdCluster {
  /** Of its members: what `runBench` takes, with `peer`. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const READY_MS = 30_000;
const POLL_MS = 50;
/** The default of 2 GiB ends a long run: each put is a revision that is kept. */
const QUOTA_BYTES = 8 * 2 ** 30;

/** What `etcd --version` says first, such as `3.4.23`; undefined: it is not installed. */
export function etcdVersion(): string | undefined {
  try {
    const said = execFileSync("etcd", ["--version"], { encoding: "utf8" });
    return /etcd Version: (\S+)/.exec(said)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Members of etcd on this machine, as they come: each put is synced by a majority before it is acknowledged.
 * `directory` must be empty; `ports`: two free ones a member. Rejects with what a member said when it ends or none is healthy in time.
 */
export async function runEtcd(directory: string, ports: readonly number[]): Promise<EtcdCluster> {
  const members = Array.from({ length: ports.length / 2 }, (_, index) => ({
    name: `e${index + 1}`,
    client: `127.0.0.1:${ports[2 * index]}`,
    peer: `http://127.0.0.1:${ports[2 * index + 1]}`,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(",");
  const children = members.map(({ name, client, peer }) =>
    start([
      ...["--name", name, "--data-dir", join(directory, name)],
      ...[
        "--listen-client-urls",
        `http://${client}`,
        "--advertise-client-urls",
        `http://${client}`,
      ],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", cluster, "--initial-cluster-state", "new"],
      ...["--quota-backend-bytes", String(QUOTA_BYTES), "--logger", "zap", "--log-level", "error"],
    ]),
  );
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    const ended = Promise.race(children.map((child) => child.ended));
    await Promise.race([Promise.all(members.map(({ client }) => healthy(client))), ended]);
    return { addresses: members.map(({ client }) => client), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function start(args: readonly string[]): { ended: Promise<never>; stop(): Promise<void> } {
  const child = spawn("etcd", args, { stdio: ["ignore", "ignore", "pipe"] });
  const onExit = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", onExit);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`a member of etcd ended: ${said}`)));
  });
  // Once all are healthy nobody waits for it: calls that fail tell.
  ended.catch(() => {});
  return {
    ended,
    stop: async () => {
      process.off("exit", onExit);
      await killed(child);
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Resolves when the member says that it has a leader and can write. */
async function healthy(address: string): Promise<void> {
  const endMs = performance.now() + READY_MS;
  while (performance.now() < endMs) {
    try {
      const answer = await fetch(`http://${address}/health`);
      if (((await answer.json()) as { health?: string }).health === "true") return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`etcd at ${address} was not healthy after ${READY_MS} ms`);
}
