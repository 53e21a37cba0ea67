import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulatedSources } from "../proof/simulated-sources.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "simulated-sources-"));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function after(file: string, text: string): boolean {
  const before = simulatedSources(root);
  write(file, text);
  return simulatedSources(root) !== before;
}

beforeAll(() => {
  cpSync(join(REPOSITORY, "proto"), join(root, "proto"), { recursive: true });
  const packageOf = (...needs: string[]): string =>
    JSON.stringify({ dependencies: Object.fromEntries(needs.map((name) => [name, "*"])) });
  write("packages/simulator/package.json", packageOf("@coterie/node", "a-library"));
  write("packages/node/package.json", packageOf("@coterie/core"));
  write("packages/core/package.json", packageOf());
  write("packages/client/package.json", packageOf("@coterie/core"));
  for (const name of ["simulator", "node", "core", "client"]) {
    write(`packages/${name}/src/index.ts`, "export {};");
  }
});

afterAll(() => rmSync(root, { recursive: true }));

test("a proof in pieces begins anew when a package changes that the simulator stands on", () => {
  expect(after("packages/simulator/src/index.ts", "export const a = 1;")).toBe(true);
  expect(after("packages/core/src/deep/clock.ts", "export const b = 1;")).toBe(true);
  expect(after("proto/coterie/v1/kv.proto", "// other")).toBe(true);
});

test("a proof in pieces goes on after changes of documents, tests and what the simulator does not run", () => {
  expect(after("docs/simulation.md", "other")).toBe(false);
  expect(after("packages/client/src/index.ts", "export const a = 1;")).toBe(false);
  expect(after("packages/node/src/index.test.ts", "other")).toBe(false);
  expect(after("packages/wire/src/gen/kv_pb.ts", "other")).toBe(false);
});

test("of this repository the sources can be told", () => {
  expect(simulatedSources(REPOSITORY)).toMatch(/^[0-9a-f]{64}$/);
});
