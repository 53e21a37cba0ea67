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
  rows.leave(row(1), second);
  rows.leave(row(1), first);
  const third = rows.enter(row(1));
  expect([second.isCarried, third.isCarried]).toEqual([false, false]);
});

test("nothing is kept of mints that are settled", () => {
  const rows = new StagedRows();
  const mints = [1, 1, 2].map((token) => ({ token, mint: rows.enter(row(token)) }));
  for (const { token, mint } of mints) rows.leave(row(token), mint);
  expect(rows.size).toBe(0);
});
