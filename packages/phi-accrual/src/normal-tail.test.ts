import fc from "fast-check";
import { expect, test } from "vitest";
import { lnNormalTail } from "./normal-tail.ts";

test("the tail has its published values, far beyond where it underflows", () => {
  // From 60-digit arithmetic.
  const known: [z: number, ln: number][] = [
    [0, -Math.LN2],
    [1, -1.8410216450092636],
    [2, -3.783184333682031],
    [5, -15.064998393988725],
    [10, -53.23128515051247],
    [100, -5005.524208694205],
    [1000, -500007.8266948122],
  ];
  for (const [z, ln] of known) expect(Math.abs(lnNormalTail(z) / ln - 1)).toBeLessThan(1e-12);
});

test("the two tails add up to one", () => {
  fc.assert(
    fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (z) => {
      expect(Math.exp(lnNormalTail(z)) + Math.exp(lnNormalTail(-z))).toBeCloseTo(1, 12);
    }),
  );
});

test("the tail falls without a step where the two formulas meet", () => {
  let before = lnNormalTail(2.9999);
  for (let step = 1; step <= 2000; step++) {
    const here = lnNormalTail(2.9999 + step * 1e-7);
    expect(here).toBeLessThan(before);
    expect(before - here).toBeLessThan(4e-7);
    before = here;
  }
});

test("the tail falls everywhere else too", () => {
  const place = fc.double({ min: -8, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(place, fc.double({ min: 1e-6, max: 100, noNaN: true }), (z, step) => {
      expect(lnNormalTail(z + step)).toBeLessThanOrEqual(lnNormalTail(z));
    }),
  );
});
