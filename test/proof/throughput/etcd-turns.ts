import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type BenchPlan,
  type BenchResult,
  type EtcdCluster,
  etcdVersion,
  runEtcd,
} from "@coterie/bench";
import { median } from "../../bench/median.ts";
import { textTable, thousands } from "../../bench/text-table.ts";
import { freePorts } from "../../cluster/free-ports.ts";

type Run = (addresses: readonly string[], plan: Partial<BenchPlan>) => Promise<BenchResult>;
type Plan = Pick<BenchPlan, "workload" | "loop">;
type Reads = "linearizable" | "serializable";

const MEMBERS = 3;

interface Turn {
  readonly etcd: BenchResult;
  readonly engine: BenchResult;
}

/** Three members of etcd, synced puts, in the same turns as the engine: same keys, values, clients and windows. */
export class EtcdTurns {
  /** What is said where it is not installed. */
  static readonly absent =
    "etcd is not installed, so it took no turns: `apt-get install etcd-server` puts it beside";

  readonly #cluster: EtcdCluster;
  readonly #run: Run;
  readonly #turns = new Map<string, Turn[]>();

  private constructor(cluster: EtcdCluster, run: Run) {
    this.#cluster = cluster;
    this.#run = run;
  }

  /** Undefined: it is not installed. */
  static async start(directory: string, run: Run): Promise<EtcdTurns | undefined> {
    if (etcdVersion() === undefined) return undefined;
    const own = join(directory, "etcd");
    mkdirSync(own);
    return new EtcdTurns(await runEtcd(own, await freePorts(2 * MEMBERS)), run);
  }

  /** Writes every key once. */
  async load(): Promise<void> {
    await this.#bench({ workload: "get", load: true, seconds: 1, warmupSeconds: 0 });
  }

  /** The same plan that the engine has just carried out; reads in both of etcd's ways where there are only reads. */
  async take(plan: Plan, engine: BenchResult): Promise<void> {
    const concurrency = plan.loop.type === "closed" ? plan.loop.concurrency : 0;
    const ways: readonly Reads[] =
      plan.workload === "get" ? ["linearizable", "serializable"] : ["linearizable"];
    for (const reads of ways) {
      const how = plan.workload === "put" ? "" : `, ${reads}`;
      const name = `${plan.workload}, ${concurrency} in flight${how}`;
      const etcd = await this.#bench(plan, reads);
      const turns = this.#turns.get(name) ?? [];
      this.#turns.set(name, [...turns, { etcd, engine }]);
    }
  }

  table(): string {
    const lines = [...this.#turns].map(([name, turns]) => {
      const of = (figure: (result: BenchResult) => number): string[] => [
        thousands(median(turns.map(({ etcd }) => figure(etcd)))),
        thousands(median(turns.map(({ engine }) => figure(engine)))),
      ];
      const ratio = median(turns.map(({ etcd, engine }) => engine.throughput / etcd.throughput));
      return [
        name,
        ...of(({ throughput }) => throughput),
        `${ratio.toFixed(2)} ×`,
        ...of(({ latencyMs }) => latencyMs.p99),
        ...of(({ cpuUsPerOperation }) => cpuUsPerOperation.allNodes ?? Number.NaN),
        ...of(({ cpuUsPerOperation }) => cpuUsPerOperation.load),
        String(turns.reduce((sum, { etcd }) => sum + etcd.errors, 0)),
      ];
    });
    const table = textTable(
      [
        ...["", "etcd/s", "engine/s", "engine to etcd", "p99 ms", "engine's"],
        ...["node CPU µs/op", "engine's", "load CPU µs/op", "engine's", "etcd's errors"],
      ],
      lines,
    );
    const puts = [...this.#turns.values()]
      .flat()
      .filter(({ engine }) => engine.workload === "put")
      .map(({ engine }) => engine.readsBeforeWrites / engine.operations);
    // An update carries a context; etcd's has none, and never reads first.
    const readFirst = `${Math.round(100 * median(puts))} % of its puts read first`;
    return `etcd ${etcdVersion()}, three members, a sync before each acknowledgement, unary gRPC from the same kind of load process; the engine's reads are R=2 of N=3, and ${readFirst}.\n\n${table}`;
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  #bench(plan: Partial<BenchPlan>, reads: Reads = "linearizable"): Promise<BenchResult> {
    return this.#run(this.#cluster.addresses, { ...plan, peer: { store: "etcd", reads } });
  }
}
