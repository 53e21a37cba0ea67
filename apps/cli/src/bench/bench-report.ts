import {
  type BenchResult,
  compareResults,
  type LatencySummary,
  planDifferences,
} from "@coterie/bench";
import { bytesToText, countToText, table } from "../table.ts";
import { colors, note, print, type Terminal } from "../terminal.ts";

export function printResult(terminal: Terminal, result: BenchResult): void {
  const { dim, red } = colors(terminal);
  const { plan, load, siblings, cpuUsPerOperation: cpu, memory } = result;
  const { loop } = plan;
  const how =
    loop.type === "closed" ? `${loop.concurrency} in flight` : `${loop.perSecond}/s offered`;
  const size = `${countToText(plan.records)} keys of ${bytesToText(plan.fields * plan.fieldBytes)}`;
  print(terminal, dim(`workload ${result.workload}, ${plan.mode}, ${size}, ${how}`));
  print(
    terminal,
    `${countToText(Math.round(result.throughput))} operations/s over ${result.seconds} s`,
  );
  const rows = Object.entries(result.latencyMsByOperation);
  const all: [string, LatencySummary][] = rows.length > 1 ? [["all", result.latencyMs]] : [];
  print(
    terminal,
    table(
      terminal,
      ["ms", "mean", "p50", "p95", "p99", "p99.9", "max"],
      [...rows, ...all].map(([name, { mean, p50, p95, p99, p999, max }]) => [
        name,
        ...[mean, p50, p95, p99, p999, max].map((value) => value.toFixed(2)),
      ]),
    ),
  );
  if (result.errors === 0) {
    print(terminal, dim("no errors"));
  } else {
    const kinds = Object.entries(result.errorsByKind).map(([kind, count]) => `${count} ${kind}`);
    print(terminal, red(`${result.errors} errors: ${kinds.join(", ")}`));
    print(terminal, dim(`the first: ${result.firstError}`));
  }
  if (load !== undefined) {
    const rate = countToText(Math.round(load.records / Math.max(load.seconds, 0.001)));
    print(terminal, dim(`loaded ${countToText(load.records)} records, ${rate}/s`));
  }
  print(
    terminal,
    dim(`siblings of ${siblings.keys} keys: mean ${siblings.mean}, most ${siblings.max}`),
  );
  const nodes = Object.entries(cpu.nodes).map(([address, us]) => `${address} ${us.toFixed(0)}`);
  const known = nodes.length === 0 ? "nodes are not on this machine (not known)" : nodes.join(", ");
  const total = cpu.allNodes === undefined ? "" : `; all nodes ${cpu.allNodes.toFixed(0)}`;
  print(
    terminal,
    dim(`CPU µs an operation: ${known}${total}; load generator ${cpu.load.toFixed(0)}`),
  );
  const held = Object.entries(memory.nodes).map(
    ([address, bytes]) => `${address} ${bytesToText(bytes)}`,
  );
  if (held.length > 0) print(terminal, dim(`memory: ${held.join(", ")}`));
}

export function printComparison(terminal: Terminal, before: BenchResult, after: BenchResult): void {
  for (const difference of planDifferences(before, after)) {
    note(terminal, `the two ran differently in ${difference}`);
  }
  print(
    terminal,
    table(
      terminal,
      ["", "before", "after", "after / before"],
      compareResults(before, after).map((each) => [
        each.figure,
        each.before.toFixed(2),
        each.after.toFixed(2),
        each.ratio.toFixed(3),
      ]),
    ),
  );
}
