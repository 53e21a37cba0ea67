import { expect, it } from "vitest";
import { loadConcurrency } from "./load-phase.ts";

it("loads with fewer writes at once the larger they are, and always with one", () => {
  const at = (fieldBytes: number, processes = 1): number =>
    loadConcurrency({ processes, fields: 1, fieldBytes });
  expect([at(100), at(1 << 16), at(1 << 20), at(64 << 20)]).toEqual([256, 256, 16, 1]);
  expect([at(100, 4), at(1 << 20, 4)]).toEqual([64, 4]);
});
