import { expect, it } from "vitest";
import { checkLostWrites } from "../../src/checkers/lost-writes.ts";
import { endedWith, historyOf, written } from "./hand-made.ts";

it("an acknowledged put that nobody holds, and nothing covers, is lost", () => {
  const history = historyOf(written("milk", [0, 5]));
  expect(checkLostWrites(history, endedWith([], [], []))).toEqual([
    {
      checker: "lost writes",
      key: "cart",
      detail:
        "put milk of c1 was acknowledged at 5.0 ms; no replica holds it, nor any write that covers it",
    },
  ]);
});

it("a put that one replica still holds is not lost", () => {
  const history = historyOf(written("milk", [0, 5]));
  expect(checkLostWrites(history, endedWith([], ["milk"], []))).toEqual([]);
});

it("a put in doubt owes nothing", () => {
  const history = historyOf(written("milk", [0, 5], { outcome: "inDoubt" }));
  expect(checkLostWrites(history, endedWith([], [], []))).toEqual([]);
});

it("a put is gone rightly when a chain of writes that saw one another replaced it", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("eggs", [6, 9], { covers: ["milk"], outcome: "inDoubt" }),
    written("bread", [10, 12], { covers: ["eggs"] }),
  );
  expect(checkLostWrites(history, endedWith(["bread"], ["bread"], ["bread"]))).toEqual([]);
});

it("a write that was refused covers nothing", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("eggs", [6, 9], { covers: ["milk"], outcome: "failed" }),
  );
  expect(checkLostWrites(history, endedWith(["eggs"], [], []))).toHaveLength(1);
});

it("a delete that may have happened accounts for what its client had seen, and for no more", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("eggs", [1, 6]),
    written("gone", [6, 9], { kind: "delete", covers: ["milk"], outcome: "inDoubt" }),
  );
  const violations = checkLostWrites(history, endedWith([], [], []));
  expect(violations.map(({ detail }) => detail.slice(0, 8))).toEqual(["put eggs"]);
});
