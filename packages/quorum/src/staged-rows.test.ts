import { expect, test } from "vitest";
import { StagedRows } from "./staged-rows.ts";

const row = (token: number) => Uint8Array.from([token, 0, 0, 0, 9, 9, 9, 9, 1]);

test("a mint is carried by a later one on its row, as long as it is open", () => {
  const rows = new StagedRows();
  const first = rows.enter(row(1));
  const elsewhere = rows.enter(row(2));
  const second = rows.enter(row(1));
  expect([first, second, elsewhere].map(({ isCarried }) => isCarried)).toEqual([
    true,
    false,
    false,
  ]);
  rows.leave(second);
  rows.leave(first);
  const third = rows.enter(row(1));
  expect([second.isCarried, third.isCarried]).toEqual([false, false]);
});

test("a mint that has settled is told of no later one", () => {
  const rows = new StagedRows();
  const first = rows.enter(row(1));
  const second = rows.enter(row(1));
  rows.leave(first);
  rows.enter(row(1));
  rows.leave(second);
  const third = rows.enter(row(1));
  expect([first, second, third].map(({ isCarried }) => isCarried)).toEqual([true, true, false]);
});
