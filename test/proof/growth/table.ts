import { textTable, thousands } from "../../bench/text-table.ts";
import type { Measured } from "./measure.ts";
import { type Axis, nameOf, type Point } from "./points.ts";

const HEAD = [
  ...["nodes", "keys", "value", "clients", "loaded/s", "put/s", "×", "p50 ms", "p99 ms", "CPU µs"],
  ...["get/s", "×", "p50 ms", "p99 ms", "CPU µs", "MiB a node", "start s", "killed s", "errors"],
];

/** All axes below one another; a point that was not measured says why. */
export function growthTable(
  axes: readonly Axis[],
  rows: ReadonlyMap<string, Measured | string>,
): string {
  const lines = axes.flatMap(({ name, points }) => {
    const first = points.map((point) => rows.get(nameOf(point))).find(isMeasured);
    return points.map((point) => lineOf(name, point, rows.get(nameOf(point)), first));
  });
  return textTable(HEAD, lines);
}

function lineOf(
  axis: string,
  point: Point,
  row: Measured | string | undefined,
  first: Measured | undefined,
): string[] {
  const shape: [string, string][] = [
    ["nodes", String(point.nodes)],
    ["keys", thousands(point.keys)],
    ["value", bytes(point.valueBytes)],
    ["clients", thousands(point.clients)],
  ];
  // What grows is what the eye is to find.
  const cells = shape.map(([name, text]) => (name === axis ? `**${text}**` : text));
  if (!isMeasured(row)) return [...cells, row ?? "not measured"];
  const of = (kind: "put" | "get"): string[] => {
    const { perSecond, p50, p99, cpuUs } = row[kind];
    const ratio = perSecond / (first ?? row)[kind].perSecond;
    return [thousands(perSecond), ratio.toFixed(2), ms(p50), ms(p99), thousands(cpuUs)];
  };
  const { rssBytes, startMs, put, get } = row;
  return [
    ...cells,
    thousands(row.loadPerSecond),
    ...of("put"),
    ...of("get"),
    thousands(Math.max(rssBytes, put.rssBytesMax, get.rssBytesMax) / 2 ** 20),
    (startMs.stopped / 1_000).toFixed(1),
    (startMs.killed / 1_000).toFixed(1),
    thousands(put.errors + get.errors),
  ];
}

/** What more keys cost a node in memory and at its start, by the points with the fewest and the most. */
export function keysCost(
  axes: readonly Axis[],
  rows: ReadonlyMap<string, Measured | string>,
): string {
  const points = axes.find(({ name }) => name === "keys")?.points ?? [];
  const measured = points.flatMap((point) => {
    const row = rows.get(nameOf(point));
    return isMeasured(row) ? [{ keys: point.keys, row }] : [];
  });
  const [few, many] = [measured[0], measured.at(-1)];
  if (few === undefined || many === undefined || few === many) return "Too few rows for a slope.";
  const millions = (many.keys - few.keys) / 1_000_000;
  const memory = (many.row.rssBytes - few.row.rssBytes) / 2 ** 20 / millions;
  const startMs = many.row.startMs.killed - few.row.startMs.killed;
  return `A million keys more cost a node that has all of them ${memory.toFixed(0)} MiB (from ${thousands(few.keys)} to ${thousands(many.keys)} keys, caches included, which have their bounds). A start after SIGKILL with ${thousands(many.keys)} keys takes ${(many.row.startMs.killed / 1_000).toFixed(1)} s, ${Math.abs(startMs).toFixed(0)} ms ${startMs < 0 ? "less" : "more"} than with ${thousands(few.keys)}, and ${many.row.startCpuSeconds.toFixed(1)} s of CPU until two seconds later (${few.row.startCpuSeconds.toFixed(1)} with ${thousands(few.keys)}).`;
}

/** `page` with `text` in place of what stands between the marks of this name. Throws when they are not there. */
export function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}

export function isMeasured(row: Measured | string | undefined): row is Measured {
  return typeof row === "object";
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

function bytes(value: number): string {
  if (value >= 1 << 20) return `${value / (1 << 20)} MiB`;
  return value >= 1 << 10 ? `${value / (1 << 10)} KiB` : `${value} B`;
}
