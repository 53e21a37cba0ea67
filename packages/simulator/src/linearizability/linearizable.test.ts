import fc from "fast-check";
import { expect, it } from "vitest";
import { checkLinearizable, type Operation } from "./linearizable.ts";
import {
  checkRegisters,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from "./register.ts";

type Call = Operation<RegisterInput, RegisterOutput>;

function write(value: string, startMs: number, endMs: number): Call {
  return { client: "w", input: { type: "write", value }, output: true, startMs, endMs };
}

function read(output: string, startMs: number, endMs: number): Call {
  return { client: "r", input: { type: "read" }, output, startMs, endMs };
}

function swap(
  expected: string,
  value: string,
  output: boolean,
  startMs: number,
  endMs: number,
): Call {
  return { client: "s", input: { type: "compareAndSet", expected, value }, output, startMs, endMs };
}

const lost = (call: Call): Call => ({
  ...call,
  output: undefined,
  endMs: Number.POSITIVE_INFINITY,
});

it.each<[string, Call[]]>([
  ["no calls", []],
  ["one after the other", [write("a", 0, 1), read("a", 2, 3), write("b", 4, 5), read("b", 6, 7)]],
  ["a read that overlaps a write sees the old value", [write("a", 0, 9), read("", 1, 2)]],
  ["a read that overlaps a write sees the new value", [write("a", 0, 9), read("a", 1, 2)]],
  [
    "concurrent writes in either order",
    [write("a", 0, 9), write("b", 0, 9), read("b", 10, 11), read("b", 12, 13)],
  ],
  [
    "a write without an answer shows up late",
    [lost(write("a", 0, 1)), read("", 2, 3), read("a", 4, 5)],
  ],
  [
    "a write without an answer never shows up",
    [lost(write("a", 0, 1)), read("", 2, 3), read("", 4, 5)],
  ],
  [
    "the winner of two swaps",
    [swap("", "a", true, 0, 9), swap("", "b", false, 0, 9), read("a", 10, 11)],
  ],
  ["an end and a beginning at the same moment overlap", [write("a", 0, 5), read("", 5, 6)]],
  [
    // Herlihy and Wing, figure 1-like: reads order themselves among pending writes.
    "reads among pending writes",
    [write("a", 0, 10), write("b", 1, 11), read("b", 2, 3), read("a", 4, 5), read("a", 12, 13)],
  ],
])("linearizable: %s", (_, calls) => {
  expect(checkLinearizable(registerModel, calls)).toEqual({ type: "linearizable" });
});

it.each<[string, Call[]]>([
  ["a value that nobody wrote", [read("a", 0, 1)]],
  ["a read that misses a write that had ended", [write("a", 0, 1), read("", 2, 3)]],
  ["two reads that go from new to old", [write("a", 0, 9), read("a", 1, 2), read("", 3, 4)]],
  ["two winners of one swap", [swap("", "a", true, 0, 9), swap("", "b", true, 0, 9)]],
  [
    "a value that comes back",
    [write("a", 0, 1), write("b", 2, 3), read("b", 4, 5), read("a", 6, 7)],
  ],
  [
    "clients that disagree on the order of two writes",
    [write("a", 0, 1), write("b", 0, 1), read("a", 2, 3), read("b", 4, 5)],
  ],
])("not linearizable: %s", (_, calls) => {
  expect(checkLinearizable(registerModel, calls)).toMatchObject({ type: "violation" });
});

it("a violation names the longest order that fits, and a call that fits nowhere behind it", () => {
  const calls = [write("a", 0, 1), read("a", 2, 3), read("", 4, 5)];
  expect(checkLinearizable(registerModel, calls)).toEqual({
    type: "violation",
    longest: [calls[0], calls[1]],
    stuck: calls[2],
  });
});

it("a search that takes too long is given up, not called good", () => {
  const calls = [write("a", 0, 9), write("b", 0, 9), read("c", 10, 11)];
  expect(checkLinearizable(registerModel, calls, 2)).toMatchObject({ type: "unknown" });
});

it("keys are checked each for itself", () => {
  const on = (key: string, calls: Call[]) => calls.map((call) => ({ ...call, key }));
  const good = on("good", [write("a", 0, 1), read("a", 2, 3)]);
  const bad = on("bad", [write("a", 0, 1), read("", 2, 3)]);
  expect([...checkRegisters([...good, ...bad]).keys()]).toEqual(["bad"]);
});

/** All orders, one by one: what the search must agree with. */
function fitsInSomeOrder(calls: readonly Call[], state = registerModel.initial): boolean {
  const open = calls.filter(({ endMs }) => endMs !== Number.POSITIVE_INFINITY);
  if (open.length === 0) return true;
  const firstEndMs = Math.min(...open.map(({ endMs }) => endMs));
  return calls.some((call, i) => {
    if (call.startMs > firstEndMs) return false;
    const after = registerModel.step(state, call.input, call.output);
    return after !== undefined && fitsInSomeOrder(calls.toSpliced(i, 1), after);
  });
}

const callArbitrary: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.constantFrom("read", "write", "swap"),
    value: fc.constantFrom("", "a", "b"),
    expected: fc.constantFrom("", "a", "b"),
    took: fc.boolean(),
    startMs: fc.integer({ min: 0, max: 8 }),
    forMs: fc.integer({ min: 0, max: 6 }),
    answered: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ kind, value, expected, took, startMs, forMs, answered }) => {
    const endMs = startMs + forMs;
    let call = read(value, startMs, endMs);
    if (kind === "write") call = write(value, startMs, endMs);
    if (kind === "swap") call = swap(expected, value, took, startMs, endMs);
    return answered === 0 ? lost(call) : call;
  });

it("agrees with trying all orders, on short histories of any kind", () => {
  fc.assert(
    fc.property(fc.array(callArbitrary, { maxLength: 6 }), (calls) => {
      const { type } = checkLinearizable(registerModel, calls);
      expect(type).toBe(fitsInSomeOrder(calls) ? "linearizable" : "violation");
    }),
    { numRuns: 2_000 },
  );
});

it("a long history of a real register, with many clients at once, is checked quickly", () => {
  const calls: Call[] = [];
  let value = "";
  for (let i = 0; i < 1_000; i++) {
    // The call takes place at 10 i, somewhere between its beginning and its end.
    const [startMs, endMs] = [10 * i - (i % 7) * 6, 10 * i + (i % 5) * 9];
    if (i % 3 === 0) {
      value = `v${i}`;
      calls.push(write(value, startMs, endMs));
    } else {
      calls.push(read(value, startMs, endMs));
    }
  }
  expect(checkLinearizable(registerModel, calls)).toEqual({ type: "linearizable" });
});
