import { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { commands } from "./commands.ts";
import { run } from "./run.ts";

/** Runs a command line in this process, on a terminal that is none. */
async function coterie(args: readonly string[], env: Record<string, string> = {}) {
  const written = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const terminal = {
    stdin: Readable.from([]),
    stdout: into("stdout"),
    stderr: into("stderr"),
    env,
  };
  const code = await run(args, terminal);
  return { code, ...written };
}

test("--help names every command, --version the version", async () => {
  const help = await coterie(["--help"]);
  expect(help.code).toBe(0);
  for (const { name, summary } of commands) {
    expect(help.stdout).toContain(`  ${name}`);
    expect(help.stdout).toContain(summary.slice(0, 20));
  }
  expect((await coterie(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("the help of every command has examples", async () => {
  for (const { name } of commands) {
    const { code, stdout } = await coterie([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nExamples?:\n/);
  }
});

test("the node's help tells every setting with its default and its variable", async () => {
  const { stdout } = await coterie(["node", "--help"]);
  const flat = stdout.replaceAll(/\s+/g, " ");
  expect(flat).toContain("(default: 127.0.0.1:7400) [COTERIE_LISTEN]");
  expect(flat).toContain("[COTERIE_REQUEST_TIMEOUT_MS]");
});

test("examples name the program as it was called", async () => {
  const direct = await coterie(["put", "--help"]);
  expect(direct.stdout).toContain("  coterie put carts alice milk");
  const throughNpx = await coterie(["put", "--help"], { npm_command: "exec" });
  expect(throughNpx.stdout).toContain("  npx coterie put carts alice milk");
});

test("what is mistyped is answered with the nearest that exists, on stderr, with exit code 2", async () => {
  const command = await coterie(["statsu"]);
  expect(command).toMatchObject({ code: 2, stdout: "" });
  expect(command.stderr).toMatch(/^coterie: .*status/);
  const flag = await coterie(["get", "b", "k", "--jsno"]);
  expect(flag.code).toBe(2);
  expect(flag.stderr).toMatch(/--json/);
});

test("NO_COLOR is obeyed, and so is the absence of a terminal", async () => {
  const colour = "\u001b[";
  expect((await coterie(["--help"])).stdout).not.toContain(colour);
  expect((await coterie(["--help"], { FORCE_COLOR: "1" })).stdout).toContain(colour);
  const both = { FORCE_COLOR: "1", NO_COLOR: "1" };
  expect((await coterie(["--help"], both)).stdout).not.toContain(colour);
});
