import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CoterieProcess } from "../cluster/coterie-process.ts";
import { eventually } from "../cluster/eventually.ts";
import { RealCluster } from "../cluster/real-cluster.ts";
import { writeNdjson } from "./cities.ts";
import { importUnderKill } from "./import-under-kill.ts";

test("an import goes on through a node's death and restart, exports the same set, and changes nothing when it is repeated", async () => {
  const told: string[] = [];
  await importUnderKill(3_000, ["--concurrency", "4"], (line) => told.push(line));
  expect(told).toHaveLength(6);
}, 180_000);

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
});
afterAll(() => cluster.stop());

test("malformed lines are named by their numbers, the rest is written, and the exit code is 2", async () => {
  const file = join(cluster.directory, "bad.ndjson");
  writeFileSync(file, '{"id":"a","n":1}\nnot json\n\n{"n":2}\n[1]\n{"id":"b","n":3}');
  const { code, stdout, stderr } = await cluster.run([
    "import",
    "bad",
    file,
    "--key",
    "id",
    "--json",
  ]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ records: 2, failed: 3 });
  const lines = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.slice(0, 3).map(({ line }) => line)).toEqual([2, 4, 5]);
  const read = await cluster.run(["get", "bad", "b", "--json"]);
  expect(JSON.parse(read.stdout).values).toEqual([{ id: "b", n: 3 }]);
});

test("text, bytes, siblings, expiries and long numbers come back from an export as they were", async () => {
  await cluster.run(["put", "mixed", "text", "grüße"]);
  await cluster.run(["put", "mixed", "sibs", "one"]);
  await cluster.run(["put", "mixed", "sibs", "two"]);
  await cluster.run(["put", "mixed", "bytes", "-"], { stdin: Uint8Array.of(0, 200, 255) });
  await cluster.run(["put", "mixed", "long", '{"n":12345678901234567890}', "--json-value"]);
  const file = join(cluster.directory, "mixed.ndjson");
  expect((await cluster.run(["export", "mixed", file])).code).toBe(0);
  const copied = await cluster.run(["import", "copy", file]);
  expect(copied).toMatchObject({ code: 0 });
  const back = await cluster.run(["import", "mixed", file, "--json"]);
  expect(JSON.parse(back.stdout)).toMatchObject({ records: 4, failed: 0 });
  const again = join(cluster.directory, "again.ndjson");
  expect((await cluster.run(["export", "mixed", again])).code).toBe(0);
  expect(shape(again)).toEqual(shape(file));
  expect((await cluster.run(["export", "copy", again])).code).toBe(0);
  expect(shape(again)).toEqual(shape(file));
});

test("an import that is interrupted says where it was, goes on there, and writes every record once", async () => {
  const file = join(cluster.directory, "stopped.ndjson");
  writeNdjson(
    file,
    Array.from({ length: 2_000 }, (_, id) => ({ id, text: "x".repeat(20) })),
  );
  const args = ["import", "stopped", file, "--key", "id", "--json", "--cluster", cluster.addresses];
  const stopped = new CoterieProcess([...args, "--concurrency", "2"]);
  await eventually(() => JSON.parse(readFileSync(`${file}.coterie-import`, "utf8")), 60_000);
  stopped.signal("SIGINT");
  const { code, stdout, stderr } = await stopped.finished;
  expect(code).toBe(4);
  const { records } = JSON.parse(stdout);
  expect(records).toBeGreaterThan(0);
  expect(records).toBeLessThan(2_000);
  expect(stderr).toContain(`goes on after line ${records}`);
  const rest = await cluster.run([...args]);
  expect(rest).toMatchObject({ code: 0, stderr: `going on after line ${records}\n` });
  expect(JSON.parse(rest.stdout)).toMatchObject({ records: 2_000, failed: 0 });
  expect(existsSync(`${file}.coterie-import`)).toBe(false);
  const exported = await cluster.run(["export", "stopped"]);
  const lines = exported.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(new Set(lines.map(({ key }) => key)).size).toBe(2_000);
  expect(lines.every(({ values }) => values.length === 1)).toBe(true);
}, 120_000);

test("--replace writes over what is there, and leaves alone what is equal", async () => {
  const file = join(cluster.directory, "replace.ndjson");
  writeNdjson(file, [{ id: "a", n: 1 }]);
  const replace = ["import", "replaced", file, "--key", "id", "--replace"];
  await cluster.run(replace);
  const first = JSON.parse((await cluster.run(["get", "replaced", "a", "--json"])).stdout);
  await cluster.run(replace);
  const same = JSON.parse((await cluster.run(["get", "replaced", "a", "--json"])).stdout);
  expect(same.context).toBe(first.context);
  writeNdjson(file, [{ id: "a", n: 2 }]);
  await cluster.run(replace);
  const last = JSON.parse((await cluster.run(["get", "replaced", "a", "--json"])).stdout);
  expect(last.values).toEqual([{ id: "a", n: 2 }]);
});

test("an import without a cluster fails with exit code 4, and keeps its place", async () => {
  const file = join(cluster.directory, "none.ndjson");
  writeFileSync(file, '{"id":"a"}\n');
  const { code, stderr } = await cluster.run([
    "import",
    "none",
    file,
    "--key",
    "id",
    "--cluster",
    "127.0.0.1:1",
    "--json",
  ]);
  expect(code).toBe(4);
  expect(JSON.parse(stderr).error.code).toBe("unavailable");
});

function shape(file: string): unknown[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ key, values, encodings }) => ({
      key,
      values: values.map((value: unknown) => JSON.stringify(value)).sort(),
      encodings,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
