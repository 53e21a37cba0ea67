import { describe, expect, it } from "vitest";
import { checkAnswers } from "../../src/checkers/answers.ts";
import { checkConvergence } from "../../src/checkers/convergence.ts";
import { checkFailedWrites } from "../../src/checkers/failed-writes.ts";
import { judge } from "../../src/checkers/judge.ts";
import { checkReceipts } from "../../src/checkers/receipts.ts";
import { checkResurrections } from "../../src/checkers/resurrections.ts";
import { checkSiblings } from "../../src/checkers/siblings.ts";
import {
  endedWith,
  historyOf,
  MINTED_ONCE,
  NOT_CROWDED,
  read,
  receipt,
  written,
} from "./hand-made.ts";

describe("resurrections", () => {
  const history = historyOf(written("milk", [0, 5]), written("eggs", [6, 9], { covers: ["milk"] }));

  it("what an acknowledged write replaced is live nowhere", () => {
    expect(
      checkResurrections(
        history,
        endedWith(["eggs"], ["eggs"], ["eggs"]),
        MINTED_ONCE,
        NOT_CROWDED,
      ),
    ).toEqual([]);
    const final = endedWith(["eggs"], ["eggs", "milk"], ["eggs"]);
    expect(
      checkResurrections(history, final, MINTED_ONCE, NOT_CROWDED).map(({ detail }) => detail),
    ).toEqual(["value milk is back, though put eggs, acknowledged at 9.0 ms, replaced it"]);
  });

  it("an operation that was minted twice is left out when another client covered it, or its key is crowded", () => {
    const final = endedWith(["eggs", "milk"], [], []);
    const twice = new Map([["milk", 2]]);
    expect(checkResurrections(history, final, twice, NOT_CROWDED)).toHaveLength(1);
    const others = historyOf(
      written("milk", [0, 5], { client: "c9" }),
      written("eggs", [6, 9], { covers: ["milk"] }),
    );
    expect(checkResurrections(others, final, twice, NOT_CROWDED)).toEqual([]);
    expect(checkResurrections(others, final, MINTED_ONCE, NOT_CROWDED)).toHaveLength(1);
    expect(checkResurrections(history, final, twice, new Set(["cart"]))).toEqual([]);
    expect(checkResurrections(history, final, MINTED_ONCE, new Set(["cart"]))).toHaveLength(1);
  });
});

describe("siblings", () => {
  const history = historyOf(
    written("milk", [0, 5], { outcome: "inDoubt" }),
    written("eggs", [6, 9], { outcome: "inDoubt", covers: ["milk"] }),
    written("bread", [6, 9], { covers: ["milk"] }),
  );

  it("values whose writers had not seen one another may stand side by side", () => {
    const final = endedWith(["eggs", "bread"], [], []);
    expect(checkSiblings(history, final, MINTED_ONCE)).toEqual([]);
  });

  it("a value beside one whose writer had seen it is one too many, at a replica in the end", () => {
    const final = endedWith(["eggs", "milk"], [], []);
    expect(checkSiblings(history, final, MINTED_ONCE).map(({ detail }) => detail)).toEqual([
      "n1 ends with milk beside eggs, whose writer had seen it",
    ]);
    expect(checkSiblings(history, final, new Map([["milk", 2]]))).toEqual([]);
  });

  it("or in any answer, as is one that is told twice", () => {
    const details = (returned: readonly string[]): string[] =>
      checkSiblings(historyOf(read(returned, [6, 8])), new Map(), MINTED_ONCE).map(
        ({ detail }) => detail,
      );
    expect(details(["milk", "eggs"])).toEqual([]);
    expect(details(["milk", "milk"])).toEqual(["at 8.0 ms c2 read milk twice"]);
    history.addRead(read(["bread", "milk"], [6, 8], { strict: false }));
    expect(checkSiblings(history, new Map(), MINTED_ONCE)).toHaveLength(1);
  });
});

describe("failed writes", () => {
  const history = historyOf(written("milk", [0, 5], { outcome: "failed" }));

  it("a refused write is held nowhere", () => {
    expect(checkFailedWrites(history, endedWith([], [], []))).toEqual([]);
    expect(checkFailedWrites(history, endedWith([], ["milk"], []))).toHaveLength(1);
  });

  it("a refused write is never read", () => {
    history.addRead(read(["milk"], [6, 8]));
    expect(checkFailedWrites(history, endedWith([], [], [])).map(({ detail }) => detail)).toEqual([
      "c2 read milk, whose client was told that nothing was done",
    ]);
  });
});

describe("convergence", () => {
  it("all replicas of a key end with the same clock", () => {
    expect(checkConvergence(endedWith(["milk"], ["milk"], ["milk"]))).toEqual([]);
    expect(checkConvergence(endedWith(["milk"], ["eggs"], ["milk"]))).toHaveLength(1);
  });
});

describe("receipts", () => {
  it.each([
    ["honest", receipt(["n1", "n2"]), 0],
    ["a node counted twice", receipt(["n1", "n1"]), 1],
    ["too few", receipt(["n1"], { holders: 2 }), 2],
    ["a fallback in a strict write", receipt(["n1", "n4"], { primaries: 1 }), 1],
    ["an acknowledgement before the disk had it", receipt(["n1", "n2"], { holders: 1 }), 1],
  ])("%s", (_, given, violations) => {
    const history = historyOf(written("milk", [0, 5], { receipts: [given] }));
    expect(checkReceipts(history)).toHaveLength(violations);
  });

  it("of a read nobody asks for durable copies", () => {
    const given = receipt(["n1", "n2"], { holders: 0 });
    expect(checkReceipts(historyOf(read([], [0, 5], { receipts: [given] })))).toEqual([]);
  });
});

describe("answers", () => {
  it("every call ends", () => {
    const history = historyOf(
      written("milk", [0, Number.POSITIVE_INFINITY], { outcome: "pending" }),
    );
    expect(checkAnswers(history)).toHaveLength(1);
  });

  it("every call ends within its deadline", () => {
    const history = historyOf(written("milk", [0, 5]));
    expect(checkAnswers(history)).toEqual([]);
    history.late.push({ client: "c1", address: "n1/clients", byMs: 20 });
    expect(checkAnswers(history)).toHaveLength(1);
  });
});

describe("judge", () => {
  const watch = {
    timesMinted: MINTED_ONCE,
    crowdedKeys: NOT_CROWDED,
    reusedDots: [],
    needlessMints: [],
    strays: [],
    hints: { droppedEarly: [], unbounded: [] },
  };
  const evidence = {
    history: historyOf(),
    final: endedWith([], [], []),
    watch,
    waitingHints: 0,
    disagreements: [],
    unhandled: [],
  };

  it("acquits a run that nothing can be said against", () => {
    expect(judge(evidence)).toEqual([]);
  });

  it("says what was seen at shards and processes, what nodes differ about, and that hints wait", () => {
    const seen = {
      ...watch,
      reusedDots: ["a dot twice"],
      needlessMints: ["a mint too many"],
      strays: ["a stray"],
      hints: { droppedEarly: ["a hint too early"], unbounded: ["too many hints"] },
    };
    const violations = judge({
      ...evidence,
      watch: seen,
      waitingHints: 2,
      disagreements: ["n1 takes n2 for dead"],
      underWay: ["a request that nobody waits for"],
      unhandled: ["a rejection that nobody handled"],
    });
    expect(violations.map(({ checker }) => checker)).toEqual([
      "dots",
      "idempotency",
      "strays",
      "hints",
      "processes",
      "members",
      "bounds",
      "bounds",
      "hints",
    ]);
  });
});
