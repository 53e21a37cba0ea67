import { describe, expect, test } from "vitest";
import { type OwnerInput, ownersById } from "./owner.ts";

describe("ownersById", () => {
  test("owners come in the order of their ids, with weight 1 and the common zone unless told", () => {
    expect(ownersById([{ id: "c" }, { id: "a", weight: 7 }, { id: "B", zone: "cellar" }])).toEqual([
      { id: "B", weight: 1, zone: "cellar" },
      { id: "a", weight: 7, zone: "" },
      { id: "c", weight: 1, zone: "" },
    ]);
  });

  test("a seat is told only where it is another's", () => {
    expect(
      ownersById([
        { id: "a", seat: "a" },
        { id: "b", seat: "c" },
      ]),
    ).toEqual([
      { id: "a", weight: 1, zone: "" },
      { id: "b", weight: 1, zone: "", seat: "c" },
    ]);
  });

  test.each<[string, OwnerInput[]]>([
    ["A ring needs at least one owner.", []],
    [
      "A ring has at most 1024 owners, not 1025.",
      Array.from({ length: 1025 }, (_, i) => ({ id: `n${i}` })),
    ],
    ['The owner "a" is named twice.', [{ id: "a" }, { id: "b" }, { id: "a", weight: 2 }]],
    ['The owners "a" and "b" share a seat.', [{ id: "a" }, { id: "b", seat: "a" }]],
    ['The seat of "a" is not a node id.', [{ id: "a", seat: "no spaces" }]],
    ['"" is not a node id.', [{ id: "" }]],
    ['"no spaces" is not a node id.', [{ id: "no spaces" }]],
    ["undefined is not a node id.", [{} as OwnerInput]],
    ['The weight of "a" must be an integer from 1 to 100, not 0.', [{ id: "a", weight: 0 }]],
    ['The weight of "a" must be an integer from 1 to 100, not 101.', [{ id: "a", weight: 101 }]],
    ['The weight of "a" must be an integer from 1 to 100, not 1.5.', [{ id: "a", weight: 1.5 }]],
    ['The weight of "a" must be an integer from 1 to 100, not NaN.', [{ id: "a", weight: NaN }]],
    ['The zone of "a" must be a string.', [{ id: "a", zone: null as unknown as string }]],
  ])("what is no set of owners is refused: %s", (sentence, owners) => {
    expect(() => ownersById(owners)).toThrow(new RangeError(sentence));
  });
});
