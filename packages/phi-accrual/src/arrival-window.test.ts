import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrivalWindow } from "./arrival-window.ts";

function twoPass(samples: readonly number[]): { mean: number; variance: number } {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  return { mean, variance: squares / samples.length };
}

function expectWindow(capacity: number, samples: readonly number[]): void {
  const window = new ArrivalWindow(capacity);
  for (const sample of samples) window.add(sample);
  const { mean, variance } = twoPass(samples.slice(-capacity));
  expect(Math.abs(window.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(mean)));
  expect(Math.abs(window.variance - variance)).toBeLessThanOrEqual(1e-5 * variance + 1e-9);
}

describe("ArrivalWindow", () => {
  test("an empty window has mean and variance 0", () => {
    const window = new ArrivalWindow(4);
    expect([window.count, window.mean, window.variance]).toEqual([0, 0, 0]);
  });

  test("only the newest samples count", () => {
    const window = new ArrivalWindow(3);
    for (const sample of [900, 10, 20, 30]) window.add(sample);
    expect(window.count).toBe(3);
    expect(window.mean).toBeCloseTo(20, 12);
    expect(window.variance).toBeCloseTo(200 / 3, 9);
  });

  test("mean and variance are those of a fresh two-pass sum, whatever came and went", () => {
    const interval = fc.oneof(
      fc.double({ min: 0, max: 2000, noNaN: true }),
      fc.double({ min: 99.9, max: 100.1, noNaN: true }),
      fc.constantFrom(0, 1e-3, 1e7),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.array(interval, { minLength: 1, maxLength: 80 }),
        expectWindow,
      ),
      { numRuns: 500 },
    );
  });

  test("large intervals that are nearly alike keep the digits of their variance", () => {
    const window = new ArrivalWindow(100);
    for (let i = 0; i < 1_050; i++) window.add(1e9 + (i % 2));
    expect(window.variance).toBeCloseTo(0.25, 6);
  });

  test("an outlier that leaves the window leaves nothing behind", () => {
    const window = new ArrivalWindow(50);
    for (let i = 0; i < 60; i++) window.add(100 + (i % 2));
    window.add(1e12);
    for (let i = 0; i < 50; i++) window.add(100 + (i % 2));
    expect(window.mean).toBeCloseTo(100.5, 9);
    expect(window.variance).toBeCloseTo(0.25, 9);
  });

  test("ten million updates do not make the variance drift", () => {
    const samples = Array.from({ length: 1000 }, (_, i) => 100 + ((i * 7919) % 97) / 7);
    const window = new ArrivalWindow(97);
    for (let i = 0; i < 10_000_000; i++) window.add(samples[i % 1000]!);
    const { mean, variance } = twoPass(samples.slice(-97));
    expect(window.mean).toBeCloseTo(mean, 9);
    expect(window.variance).toBeCloseTo(variance, 9);
  });
});
