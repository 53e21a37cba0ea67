import { create } from "@bufbuild/protobuf";
import type { UnaryResult } from "@coterie/transport-grpc";
import { Error_Code as Code, ErrorSchema } from "@coterie/wire";
import { expect, test } from "vitest";
import { askCluster } from "./ask-cluster.ts";
import { CliError } from "./cli-error.ts";

interface Scripted {
  readonly takesMs: number;
  /** Undefined: it answers. */
  readonly error?: Code;
}

/** Asks nodes `a`, `b`, … that behave as told, on a clock that only they move. */
async function ask(kind: "read" | "write", nodes: readonly Scripted[], timeoutMs = 1_000) {
  const addresses = nodes.map((_, index) => "abc"[index]!);
  const asked: { address: string; timeoutMs: number }[] = [];
  let nowMs = 0;
  const call = async (address: string, callMs: number): Promise<UnaryResult<string>> => {
    asked.push({ address, timeoutMs: callMs });
    const { takesMs, error } = nodes[addresses.indexOf(address)]!;
    nowMs += Math.min(takesMs, callMs);
    if (error === undefined) return { type: "ok", response: `from ${address}` };
    const message = Code[error].toLowerCase();
    return { type: "failed", error: create(ErrorSchema, { code: error, message }), status: 14 };
  };
  const outcome = await askCluster({ addresses, endMs: timeoutMs, kind, call, nowMs: () => nowMs })
    .catch((error: unknown) => error)
    .then((result) => (result instanceof CliError ? result : String(result)));
  return { outcome, asked };
}

test("the first node is asked first, and no other when it answers", async () => {
  const { outcome, asked } = await ask("read", [{ takesMs: 1 }, { takesMs: 1 }]);
  expect(outcome).toBe("from a");
  expect(asked).toEqual([{ address: "a", timeoutMs: 500 }]);
});

test("a node that cannot leads to the next, which gets what is left of the deadline", async () => {
  const { outcome, asked } = await ask("write", [
    { takesMs: 100, error: Code.UNAVAILABLE },
    { takesMs: 1 },
  ]);
  expect(outcome).toBe("from b");
  expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([500, 900]);
});

test("a node that hangs leaves time for the next", async () => {
  const { outcome } = await ask("write", [
    { takesMs: 9_999, error: Code.IN_DOUBT },
    { takesMs: 1 },
  ]);
  expect(outcome).toBe("from b");
});

test("what no node would do otherwise ends the search", async () => {
  const { outcome, asked } = await ask("write", [
    { takesMs: 1, error: Code.INVALID },
    { takesMs: 1 },
  ]);
  expect(outcome).toMatchObject({ code: "invalid", message: "invalid", exitCode: 2 });
  expect(asked).toHaveLength(1);
});

test("once an attempt at a write ended in silence, a later refusal leaves it in doubt", async () => {
  const { outcome } = await ask("write", [
    { takesMs: 1, error: Code.IN_DOUBT },
    { takesMs: 1, error: Code.UNAVAILABLE },
  ]);
  expect(outcome).toMatchObject({
    code: "in_doubt",
    exitCode: 5,
    message: "a says: in_doubt; b says: unavailable",
  });
});

test("a read is never in doubt", async () => {
  const { outcome } = await ask("read", [{ takesMs: 9_999, error: Code.IN_DOUBT }]);
  expect(outcome).toMatchObject({ code: "unavailable", exitCode: 4 });
});
