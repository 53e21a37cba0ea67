import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BEGINNING, Checkpoint } from "./checkpoint.ts";

let directory: string;
let file: string;
const identity = { clusterId: "c1", bucket: "b", key: "id" };
const progress = { offset: 6, lines: 2, records: 1, malformed: 1 };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "coterie-checkpoint-"));
  file = join(directory, "data.ndjson");
  writeFileSync(file, "{}\n{}\n{}\n");
  await new Checkpoint(file, identity).save(progress);
});
afterEach(() => rmSync(directory, { recursive: true }));

test("the same import of the same file goes on where it was, also when lines were added", async () => {
  expect(await new Checkpoint(file, identity).load()).toMatchObject(progress);
  appendFileSync(file, "{}\n");
  expect(await new Checkpoint(file, identity).load()).toMatchObject(progress);
});

test("another cluster, bucket or key field begins anew", async () => {
  for (const other of [{ clusterId: "c2" }, { bucket: "x" }, { key: undefined }]) {
    expect(await new Checkpoint(file, { ...identity, ...other }).load()).toEqual(BEGINNING);
  }
});

test("a file that was changed or cut before the place begins anew", async () => {
  writeFileSync(file, "{}\n[]\n{}\n");
  expect(await new Checkpoint(file, identity).load()).toEqual(BEGINNING);
  writeFileSync(file, "{}\n");
  expect(await new Checkpoint(file, identity).load()).toEqual(BEGINNING);
});

test("a checkpoint that is damaged or gone begins anew", async () => {
  const checkpoint = new Checkpoint(file, identity);
  writeFileSync(checkpoint.path, "{");
  expect(await checkpoint.load()).toEqual(BEGINNING);
  await checkpoint.remove();
  expect(await checkpoint.load()).toEqual(BEGINNING);
});
