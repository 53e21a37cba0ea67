// Which page size? Rows/s, CPU and space for rows of several sizes. `tsx bench/page-size.bench.ts`
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareBytes } from "@coterie/core";
import { SqliteStore } from "@coterie/storage-sqlite";
import { anyRow, median, rows } from "./workload.ts";

const ROUNDS = 5;
const ROUND_MS = 1000;
const BATCH = 64;
const FILL_BATCH = 5000;

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "coterie-bench-"));
const ordered = rows.toSorted(compareBytes);

function newValue(bytes: number): Uint8Array {
  const value = new Uint8Array(bytes);
  // A row that does not change is not written.
  for (const at of [10, 11, bytes - 1]) value[at] = Math.random() * 256;
  return value;
}

class Sample {
  readonly #store: SqliteStore;
  readonly #rowBytes: number;
  readonly #pageBytes: number;
  readonly #rates: number[] = [];
  readonly #cpuUs: number[] = [];

  constructor(rowBytes: number, pageBytes: number) {
    this.#rowBytes = rowBytes;
    this.#pageBytes = pageBytes;
    this.#store = SqliteStore.open(join(directory, `${rowBytes}-${pageBytes}`), { pageBytes });
    for (let i = 0; i < rows.length; i += FILL_BATCH) {
      const transaction = this.#store.begin();
      for (const row of ordered.slice(i, i + FILL_BATCH)) {
        transaction.put("rows", row, newValue(rowBytes));
      }
      transaction.commit();
    }
  }

  round(): void {
    const cpu = process.cpuUsage();
    const begunMs = performance.now();
    let written = 0;
    while (performance.now() - begunMs < ROUND_MS) {
      const transaction = this.#store.begin();
      for (let i = 0; i < BATCH; i++) {
        transaction.put("rows", rows[anyRow()]!, newValue(this.#rowBytes));
      }
      transaction.commit();
      written += BATCH;
    }
    this.#rates.push((written * 1000) / (performance.now() - begunMs));
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuUs.push((user + system) / written);
  }

  /** The first round warms up. */
  report(): void {
    this.#store.close();
    const rate = Math.round(median(this.#rates.slice(1)));
    const cpu = median(this.#cpuUs.slice(1)).toFixed(1);
    const space = Math.round(statSync(this.#store.file).size / rows.length);
    console.log(
      `rows of ${this.#rowBytes} bytes, pages of ${this.#pageBytes}: ${rate} rows/s, ${cpu} µs CPU a row, ${space} bytes of file a row`,
    );
  }
}

for (const rowBytes of [200, 600, 1100, 4200]) {
  const samples = [1024, 2048, 4096, 8192, 16_384].map((page) => new Sample(rowBytes, page));
  for (let round = 0; round < ROUNDS; round++) for (const sample of samples) sample.round();
  for (const sample of samples) sample.report();
}
rmSync(directory, { recursive: true });
