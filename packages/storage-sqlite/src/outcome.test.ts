import { describe, expect, test } from "vitest";
import { Outcome } from "./outcome.ts";

describe("an outcome", () => {
  test("is promised to whoever asks, before it is there and after", async () => {
    const outcome = new Outcome<number>();
    const early = outcome.promise;
    expect(outcome.result).toBeUndefined();
    outcome.settle(7);
    expect(outcome.result).toBe(7);
    expect(await Promise.all([early, outcome.promise])).toEqual([7, 7]);
  });

  test("that nobody had asked for before it was there is promised all the same", async () => {
    const [one, other] = [new Outcome<number>(), new Outcome<string>()];
    const waiting = other.promise;
    one.settle(1);
    other.settle("other");
    expect(await Promise.all([one.promise, waiting])).toEqual([1, "other"]);
  });
});
