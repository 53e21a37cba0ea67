import { expect, it } from "vitest";
import { checkStaleReads } from "../../src/checkers/stale-reads.ts";
import { historyOf, MINTED_ONCE, read, written } from "./hand-made.ts";

it("a strict read that begins after a strict put was acknowledged must show it", () => {
  const history = historyOf(written("milk", [0, 5]), read([], [6, 8]));
  expect(checkStaleReads(history, MINTED_ONCE)).toEqual([
    {
      checker: "stale reads",
      key: "cart",
      detail:
        "c2 read from 6.0 ms and got [], without put milk, acknowledged at 5.0 ms, or anything that covers it",
    },
  ]);
});

it("a read that overlaps the put may go either way", () => {
  const history = historyOf(written("milk", [0, 5]), read([], [4, 8]));
  expect(checkStaleReads(history, MINTED_ONCE)).toEqual([]);
});

it.each([
  ["the put was sloppy", { strict: false }, {}],
  ["the read was sloppy", {}, { strict: false }],
  ["the read failed", {}, { outcome: "failed" as const }],
])("nothing is promised when %s", (_, put, get) => {
  const history = historyOf(written("milk", [0, 5], put), read([], [6, 8], get));
  expect(checkStaleReads(history, MINTED_ONCE)).toEqual([]);
});

it("a causal successor stands for what it replaced", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("eggs", [6, 9], { covers: ["milk"] }),
    read(["eggs"], [7, 10]),
  );
  expect(checkStaleReads(history, MINTED_ONCE)).toEqual([]);
});

it("a successor that began after the read had ended excuses nothing", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    read([], [6, 8]),
    written("gone", [9, 10], { kind: "delete", covers: ["milk"] }),
  );
  expect(checkStaleReads(history, MINTED_ONCE)).toHaveLength(1);
});

it("what an acknowledged write replaced does not come back", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("gone", [6, 8], { kind: "delete", covers: ["milk"] }),
    read(["milk"], [9, 10]),
  );
  expect(checkStaleReads(history, MINTED_ONCE).map(({ detail }) => detail)).toEqual([
    "c2 read from 9.0 ms and got milk, which delete gone, acknowledged at 8.0 ms, had replaced",
  ]);
});

it("of an operation that was minted twice one copy may come back", () => {
  const history = historyOf(
    written("milk", [0, 5]),
    written("gone", [6, 8], { kind: "delete", covers: ["milk"] }),
    read(["milk"], [9, 10]),
  );
  expect(checkStaleReads(history, new Map([["milk", 2]]))).toEqual([]);
});

it("what a monotonic read returned, every later strict read returns (trap 11)", () => {
  const history = historyOf(
    written("milk", [0, 50], { outcome: "inDoubt" }),
    read(["milk"], [6, 8], { monotonic: true }),
    read([], [9, 10]),
  );
  expect(checkStaleReads(history, MINTED_ONCE).map(({ detail }) => detail)).toEqual([
    "c2 read from 9.0 ms and got [], without put milk, returned by a monotonic read at 8.0 ms, or anything that covers it",
  ]);
});
