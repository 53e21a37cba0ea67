import { expect, test } from "vitest";
import { BUCKET } from "../test/scripted-replicas.ts";
import { requiredCount } from "./level.ts";

const FIVE = { ...BUCKET, n: 5, r: 2, w: 4, rMin: 2, wMin: 3 };

test.each([
  ["r", {}, 2],
  ["w", {}, 4],
  ["r", { level: "one" }, 1],
  ["r", { level: "quorum" }, 3],
  ["w", { level: "all" }, 5],
  ["w", { level: "all", count: 1 }, 1],
] as const)("%s of %o is %i", (kind, asked, count) => {
  expect(requiredCount(kind, { strict: false, ...asked }, FIVE)).toEqual({ type: "count", count });
});

test.each([
  [
    "r",
    { count: 6, strict: false },
    'r=6 can never be met: bucket "carts" keeps 5 replicas of a key. Use 1 to 5',
  ],
  ["w", { count: 0, strict: false }, "w=0 is no number of replicas: use 1 to 5"],
  ["w", { count: 1.5, strict: false }, "w=1.5 is no number of replicas: use 1 to 5"],
  [
    "w",
    { level: "one", strict: true },
    'strict writes of bucket "carts" need w of at least 3, and this one has 1: raise w, or leave strict out',
  ],
] as const)("%s of %o is refused with a sentence", (kind, asked, detail) => {
  expect(requiredCount(kind, asked, FIVE)).toEqual({ type: "invalid", detail });
});
