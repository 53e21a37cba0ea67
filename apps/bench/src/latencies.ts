import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Longer ones count as this: no call's deadline is near it. */
const US_MAX = 3_600_000_000;

/** Latencies in an HDR histogram of microseconds: three digits are kept at any size, in constant memory. */
export class Latencies {
  readonly #histogram: Histogram;

  constructor(
    histogram: Histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: US_MAX,
      numberOfSignificantValueDigits: 3,
    }),
  ) {
    this.#histogram = histogram;
  }

  /** What `encode` of another process gave. */
  static decode(text: string): Latencies {
    return new Latencies(decodeFromCompressedBase64(text) as Histogram);
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.max(1, Math.min(US_MAX, Math.round(ms * 1000))));
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** All in milliseconds. */
  summary(): LatencySummary {
    const histogram = this.#histogram;
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000;
    const count = histogram.totalCount;
    if (count === 0) return { count, mean: 0, p50: 0, p95: 0, p99: 0, p999: 0, max: 0 };
    return {
      count,
      mean: Math.round(histogram.mean) / 1000,
      p50: at(50),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: histogram.maxValue / 1000,
    };
  }
}
