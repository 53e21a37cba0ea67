import { describe, expect, test } from "vitest";
import { Ripening } from "./ripening.ts";

const of = (...entries: [string, string][]): Map<string, string> => new Map(entries);

describe("the grace of a candidate", () => {
  test("begins when it is first met, and again when its clock is another", () => {
    const ripening = new Ripening(100);
    expect([...ripening.ripe("p", of(["k", "x"]), 0)]).toEqual([]);
    expect([...ripening.ripe("p", of(["k", "y"]), 60)]).toEqual([]);
    expect([...ripening.ripe("p", of(["k", "y"]), 159)]).toEqual([]);
    expect(ripening.leftMs("p", "k", "y", 159)).toBe(1);
    expect([...ripening.ripe("p", of(["k", "y"]), 160)]).toEqual(["k"]);
  });

  test("is over at once when there is none", () => {
    expect([...new Ripening(0).ripe("p", of(["k", "x"]), 5)]).toEqual(["k"]);
  });

  test("is forgotten with a row that is no candidate any more", () => {
    const ripening = new Ripening(100);
    ripening.ripe("p", of(["k", "x"]), 0);
    ripening.ripe("p", of(), 50);
    expect(ripening.leftMs("p", "k", "x", 50)).toBe(undefined);
    expect([...ripening.ripe("p", of(["k", "x"]), 120)]).toEqual([]);
  });
});
