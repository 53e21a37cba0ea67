import { expect, test } from "vitest";
import { StandIns } from "./stand-ins.ts";

const up = () => false;

test("each fallback stands in once, in the order of preference", () => {
  const standIns = new StandIns(["d", "e"]);
  expect([standIns.take("b", up), standIns.take("c", up), standIns.take("c", up)]).toEqual([
    "d",
    "e",
    undefined,
  ]);
  expect([standIns.has("b"), standIns.has("a")]).toEqual([true, false]);
});

test("a fallback that is down is passed over", () => {
  expect(new StandIns(["d", "e"]).take("b", (node) => node === "d")).toBe("e");
});
