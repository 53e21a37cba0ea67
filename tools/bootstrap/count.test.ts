import { expect, test } from "vitest";
import { countTests } from "./count.mjs";

test("the tests of every run in a log are added up, whatever their colours and prefixes", () => {
  const log = [
    "$ vitest run",
    "\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[32m6 passed\u001b[39m\u001b[22m\u001b[90m (6)\u001b[39m",
    "\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m29 passed\u001b[39m\u001b[22m\u001b[90m (29)\u001b[39m",
    "@coterie/core:test:       Tests  1 failed | 12 passed | 2 skipped (15)",
    "      Tests  2 failed (2)",
  ].join("\n");
  expect(countTests(log)).toEqual({ passed: 41, failed: 3 });
});

test("a run that collected no test counts none", () => {
  expect(countTests("Test Files  1 failed (1)\n      Tests  no tests\n")).toEqual({
    passed: 0,
    failed: 0,
  });
});

test("a line of a test's own output that speaks of Tests is not counted", () => {
  expect(countTests("Tests are 5 passed today\n")).toEqual({ passed: 0, failed: 0 });
});
