import { expect, test } from "vitest";
import { whyHopeless } from "./prospects.ts";

const groups = [{ primaries: ["a", "b", "c"], required: 2 }];
const isDown =
  (...nodes: string[]) =>
  (node: string) =>
    nodes.includes(node);

test("two of three down leave no hope for W=2", () => {
  const shape = { groups, strict: true, fallbacks: ["d"] };
  expect(whyHopeless(shape, isDown("b", "c"))).toBe("only 1 of them can be reached: b, c are down");
  expect(whyHopeless(shape, isDown("b"))).toBeUndefined();
});

test("a fallback gives hope to a sloppy write, if it is up", () => {
  const shape = { groups, strict: false, fallbacks: ["d"] };
  expect(whyHopeless(shape, isDown("b", "c"))).toBeUndefined();
  expect(whyHopeless(shape, isDown("b", "c", "d"))).toBe(
    "only 1 of them can be reached: b, c are down",
  );
});

test("a ring with too few owners leaves none", () => {
  const shape = { groups: [{ primaries: ["a"], required: 2 }], strict: true, fallbacks: [] };
  expect(whyHopeless(shape, isDown())).toBe("the ring has only 1 owner for them");
});
