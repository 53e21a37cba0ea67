import type { Era } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import { CollectionRound } from "./round.ts";
import type { RoundAnswer } from "./round-messages.ts";

const ROWS = ["k1", "k2"];

function start(options: { rows?: string[]; sweptBefore?: number } = {}) {
  const round = new CollectionRound<string>({
    primaries: ["a", "b"],
    owners: ["a", "b", "c"],
    rows: options.rows ?? ROWS,
    sweptBefore: options.sweptBefore ?? 0,
  });
  round.begin();
  return round;
}

function vote(holds: boolean[], era: Partial<Era> = {}, recovering = false): RoundAnswer {
  return { type: "vote", holds, era: { swept: 0, collected: 0, ...era }, recovering, voter: "p" };
}

const SWEPT: RoundAnswer = { type: "swept" };

describe("a collection round", () => {
  test("asks every primary whether it holds exactly these rows", () => {
    const round = new CollectionRound<string>({
      primaries: ["a", "b"],
      owners: ["a", "b", "c"],
      rows: ROWS,
      sweptBefore: 0,
    });
    expect(round.begin()).toEqual([
      { type: "vote", to: "a", rows: ROWS },
      { type: "vote", to: "b", rows: ROWS },
    ]);
  });

  test("sweeps every owner, and only once all primaries have voted, above every round they know", () => {
    const round = start();
    expect(round.receive("a", vote([true, true], { swept: 4, collected: 2 }))).toEqual([]);
    expect(round.receive("b", vote([true, true], { swept: 3, collected: 3 }))).toEqual(
      ["a", "b", "c"].map((to) => {
        const voter = to === "c" ? undefined : "p";
        return { type: "sweep", to, swept: 5, collected: 3, voter };
      }),
    );
  });

  test("goes on with the rows on which all agree", () => {
    const round = start({ sweptBefore: 8 });
    round.receive("a", vote([true, true]));
    expect(round.receive("b", vote([false, true]))[0]).toMatchObject({ swept: 9 });
    for (const node of ["a", "b"]) round.receive(node, SWEPT);
    expect(round.receive("c", SWEPT)).toEqual([
      { type: "end", to: "a", rows: ["k2"] },
      { type: "end", to: "b", rows: ["k2"] },
    ]);
    round.receive("a", { type: "ended", deleted: 1, folded: 0, kept: 0 });
    round.receive("b", { type: "ended", deleted: 0, folded: 0, kept: 1 });
    expect(round.outcome).toEqual({ type: "collected", swept: 9, deleted: 1, folded: 0 });
  });

  test("ends without a sweep when the primaries agree on no row", () => {
    const round = start();
    round.receive("a", vote([true, false]));
    expect(round.receive("b", vote([false, true]))).toEqual([]);
    expect(round.outcome).toEqual({ type: "unequal" });
  });

  test("is blocked by a recovering primary, whatever it votes", () => {
    const round = start();
    round.receive("a", vote([true, true], {}, true));
    expect(round.receive("b", vote([true, true]))).toEqual([]);
    expect(round.outcome).toEqual({
      type: "blocked",
      at: "vote",
      by: [{ node: "a", reason: "is recovering the partition" }],
    });
  });

  test("deletes nothing anywhere while one owner has not answered the sweep, and names it", () => {
    const round = start();
    for (const node of ["a", "b"]) round.receive(node, vote([true, true]));
    for (const node of ["a", "b"]) expect(round.receive(node, SWEPT)).toEqual([]);
    expect(round.outcome).toEqual({ type: "pending" });
    expect(round.receive("c", { type: "no", reason: "did not answer" })).toEqual([]);
    expect(round.outcome).toEqual({
      type: "blocked",
      at: "sweep",
      by: [{ node: "c", reason: "did not answer" }],
    });
  });

  test("takes one answer of each node for each step, and none of another step's", () => {
    const round = start();
    round.receive("a", vote([true, true]));
    round.receive("a", vote([true, true]));
    expect(round.step).toBe("vote");
    round.receive("b", SWEPT);
    expect(round.outcome).toMatchObject({ type: "blocked", at: "vote" });
  });
});
