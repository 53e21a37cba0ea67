import fc from "fast-check";
import { expect, test } from "vitest";
import { RowChains, type RowLink } from "./row-chains.ts";

interface Link extends RowLink<Link> {
  readonly number: number;
}

/** Rows of two chains; `name` tells those of one chain apart. */
const rowOf = (chain: number, name: number) => Uint8Array.of(name, 0, 0, 0, 0, 0, 0, chain, name);

test("whatever comes and goes, the newest of a row is found and nothing that went", () => {
  const step = fc.record({
    chain: fc.integer({ min: 0, max: 1 }),
    name: fc.integer({ min: 0, max: 2 }),
    remove: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const chains = new RowChains<Link>();
      let there: Link[] = [];
      for (const [number, { chain, name, remove }] of steps.entries()) {
        if (remove !== undefined && there.length > 0) {
          const gone = there[remove % there.length]!;
          there = there.filter((link) => link !== gone);
          chains.remove(gone);
          chains.remove(gone);
        } else {
          const link: Link = { row: rowOf(chain, name), next: undefined, number };
          chains.add(link);
          there.unshift(link);
        }
        for (const chain of [0, 1]) {
          const near: number[] = [];
          for (let link = chains.near(rowOf(chain, 0)); link; link = link.next)
            near.push(link.number);
          expect(near).toEqual(
            there.filter(({ row }) => row[7] === chain).map((link) => link.number),
          );
          for (const name of [0, 1, 2]) {
            const newest = there.find(({ row }) => row[7] === chain && row[8] === name);
            expect(chains.find(rowOf(chain, name))).toBe(newest);
          }
        }
      }
    }),
  );
});
