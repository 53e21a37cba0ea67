import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DirectoryLock } from "./directory-lock.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-lock-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a lock keeps out whoever comes second, and says who holds it", () => {
  const lock = new DirectoryLock(directory);
  expect(() => new DirectoryLock(directory)).toThrow(/in use by this process/);
  lock.release();
});

test("a released lock leaves nothing behind, and can be taken again and again", () => {
  for (let turn = 0; turn < 3; turn++) {
    const lock = new DirectoryLock(directory);
    expect(readdirSync(directory).sort()).toEqual(["lock", "lock.pid"]);
    lock.release();
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
  }
});
