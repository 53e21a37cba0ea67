const SAMPLES_MAX = 256;
/** The percentile is worked out again after so many samples. */
const FRESH = 32;

/** The 95th percentile of recent latencies, milliseconds: the moment from which a reply is late. */
export class LatencyWindow {
  readonly #samples: number[] = [];
  #next = 0;
  #unseen = 0;
  #p95Ms: number;

  /** `initialMs` stands until there are samples. */
  constructor(initialMs: number) {
    this.#p95Ms = initialMs;
  }

  add(latencyMs: number): void {
    this.#samples[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % SAMPLES_MAX;
    if (++this.#unseen < FRESH) return;
    this.#unseen = 0;
    const sorted = [...this.#samples].sort((a, b) => a - b);
    this.#p95Ms = sorted[Math.floor(sorted.length * 0.95)]!;
  }

  get p95Ms(): number {
    return this.#p95Ms;
  }
}
