import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CoterieProcess, program } from "./coterie-process.ts";
import { freePorts } from "./free-ports.ts";
import { temporaryDirectory } from "./real-cluster.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());

test("a link to the command works from anywhere", () => {
  const link = join(directory.path, "a link");
  symlinkSync(program, link);
  const options = { cwd: directory.path, encoding: "utf8" } as const;
  expect(execFileSync(link, ["--version"], options)).toMatch(/^\d+\.\d+\.\d+\n$/);
});

const isLinux = process.platform === "linux";
test.runIf(isLinux)("the process that was started is the node, with flags for V8", async () => {
  const [port] = await freePorts(1);
  const where = ["--listen", `127.0.0.1:${port}`, "--data", join(directory.path, "n1")];
  const node = new CoterieProcess(["node", ...where, "--id", "n1", "--init"]);
  await node.firstLine();
  const words = readFileSync(`/proc/${node.pid}/cmdline`, "utf8").replaceAll("\0", " ");
  expect(words).toMatch(/^node .*--no-flush-bytecode .*main\.js node --listen/);
  node.signal("SIGTERM");
  expect((await node.finished).code).toBe(0);
});
