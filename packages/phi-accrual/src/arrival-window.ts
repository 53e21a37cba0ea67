import { assert } from "@coterie/core";

/** A sample that leaves takes digits with it once it was this much of the sum of squares. */
const CANCELLATION = 1e-6;

/**
 * The last `capacity` intervals between arrivals, with their mean and variance kept incrementally.
 *
 * Sums of x and x² would lose every digit when intervals are large and alike, so the update is
 * Welford's, for a sample that replaces another. What rounding remains is removed by summing up anew
 * once per turn of the ring, and at once when an outlier leaves (its square was most of the sum, and
 * subtracting it leaves noise). Adding is O(1) amortised; memory is 8 bytes a sample.
 */
export class ArrivalWindow {
  readonly #samples: Float64Array;
  #count = 0;
  #next = 0;
  #mean = 0;
  #squares = 0; // the sum of (sample - mean)²

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity >= 2, "a window holds at least two intervals");
    this.#samples = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** 0 while empty. */
  get mean(): number {
    return this.#mean;
  }

  /** Of the samples themselves (divided by their number); 0 while empty. */
  get variance(): number {
    return this.#count === 0 ? 0 : this.#squares / this.#count;
  }

  add(sample: number): void {
    const capacity = this.#samples.length;
    const full = this.#count === capacity;
    const leaving = this.#samples[this.#next]!;
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % capacity;
    if (full) this.#replace(leaving, sample);
    else this.#include(sample);
  }

  #include(sample: number): void {
    const before = sample - this.#mean;
    this.#count++;
    this.#mean += before / this.#count;
    this.#squares += before * (sample - this.#mean);
  }

  #replace(leaving: number, sample: number): void {
    const oldMean = this.#mean;
    this.#mean += (sample - leaving) / this.#count;
    this.#squares += (sample - leaving) * (sample - this.#mean + leaving - oldMean);
    const removed = (leaving - oldMean) ** 2;
    if (this.#next === 0 || this.#squares <= removed * CANCELLATION) this.#sumUp();
  }

  #sumUp(): void {
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    this.#mean = sum / this.#count;
    this.#squares = 0;
    for (const sample of this.#samples) this.#squares += (sample - this.#mean) ** 2;
  }
}
