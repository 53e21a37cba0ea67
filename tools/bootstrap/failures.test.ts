import { expect, test } from "vitest";
import { failuresOf } from "./failures.mjs";

test("of a run of tests, the failures alone are repeated", () => {
  const log = [
    " ✓ one.test.ts (1 test)",
    "⎯⎯⎯ Failed Tests 1 ⎯⎯⎯",
    " FAIL  fresh-seeds.test.ts > fresh seeds",
    "AssertionError: again: npx coterie simulate --seed 7",
    " Test Files  1 failed (1)",
    "",
  ].join("\n");
  expect(failuresOf(log)).toBe(log.split("\n").slice(1, -1).join("\n"));
});

test("of another tool, the end of what it said", () => {
  const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`);
  expect(failuresOf(lines.join("\n"))).toBe(lines.slice(60).join("\n"));
});
