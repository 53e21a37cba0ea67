import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../cluster/real-cluster.ts";
import { KeptRows } from "../proof/growth/kept-rows.ts";
import type { Figures, Measured } from "../proof/growth/measure.ts";
import { axesOf, diskBytesOf, nameOf } from "../proof/growth/points.ts";
import { between, growthTable, keysCost } from "../proof/growth/table.ts";

const MEBIBYTE = 2 ** 20;

it("keeps the rows of one commit, and none of another", () => {
  const directory = temporaryDirectory();
  try {
    new KeptRows(directory.path, "long-a").keep("row", measured(1_000));
    expect(new KeptRows(directory.path, "long-a").get("row")).toEqual(measured(1_000));
    expect(new KeptRows(directory.path, "long-b").get("row")).toBeUndefined();
    new KeptRows(directory.path, "long-a").clear();
    expect(new KeptRows(directory.path, "long-a").get("row")).toBeUndefined();
    expect(new KeptRows(join(directory.path, "deeper"), "long-a").get("row")).toBeUndefined();
  } finally {
    directory.remove();
  }
});

it("tells each row as a ratio to the first of its axis, and says why a row is missing", () => {
  const [nodes] = axesOf("quick", false);
  const [three, five, nine] = nodes!.points;
  const rows = new Map<string, Measured | string>([
    [nameOf(three!), measured(1_000)],
    [nameOf(five!), measured(500)],
    [nameOf(nine!), "needs 9.0 GiB"],
  ]);
  const cells = growthTable([nodes!], rows)
    .split("\n")
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(cells.map((row) => [row[1], row[6], row[7]])).toEqual([
    ["**3**", "1,000", "1.00"],
    ["**5**", "500", "0.50"],
    ["**9**", "", ""],
  ]);
  expect(cells[2]![5]).toBe("needs 9.0 GiB");
});

it("tells what a million keys more cost", () => {
  const axes = axesOf("long", false);
  const [few, , many] = axes.find(({ name }) => name === "keys")!.points;
  const rows = new Map<string, Measured>([
    [nameOf(few!), measured(1, 100 * MEBIBYTE)],
    [nameOf(many!), measured(1, 199 * MEBIBYTE)],
  ]);
  expect(keysCost(axes, rows)).toContain("has all of them 100 MiB");
});

it("bounds the disk of every row, ten million keys included", () => {
  const gib = axesOf("long", true)
    .flatMap(({ points }) => points)
    .map((point) => diskBytesOf(point) / 2 ** 30);
  expect(Math.max(...gib)).toBeGreaterThan(10);
  expect(Math.max(...gib)).toBeLessThan(40);
});

it("replaces what stands between two marks of a page, and refuses a page without them", () => {
  const page = "a\n<!-- growth: begin -->\nold\n<!-- growth: end -->\nb";
  expect(between(page, "growth", "new")).toBe(
    "a\n<!-- growth: begin -->\nnew\n<!-- growth: end -->\nb",
  );
  expect(() => between("a page", "growth", "new")).toThrow("the page has no");
});

function measured(perSecond: number, rssBytes = MEBIBYTE): Measured {
  const figures: Figures = { perSecond, p50: 1, p99: 2, cpuUs: 3, errors: 0, rssBytesMax: 1 };
  return {
    loadPerSecond: perSecond,
    put: figures,
    get: figures,
    rssBytes,
    startMs: { stopped: 500, killed: 600 },
    startCpuSeconds: 1,
  };
}
