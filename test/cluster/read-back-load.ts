import { below, encodeUtf8, randomBytes, systemRandom, toHex } from "@coterie/core";
import { kvClient, type UnaryClient } from "@coterie/transport-grpc";
import { Encoding, type KvService } from "@coterie/wire";

const BUCKET = "load";
/** Of one call; there is no second try. */
const CALL_MS = 10_000;

type Kv = UnaryClient<typeof KvService>;

/**
 * Clients that write strictly with W=2 and read what was acknowledged strictly with R=2, all the time and
 * through any node: the key just written, and any earlier one. Each call has one attempt.
 */
export class ReadBackLoad {
  /** What was acknowledged, by key. */
  readonly acknowledged = new Map<string, string>();
  /** Calls that failed. */
  readonly failures: string[] = [];
  /** Reads that did not return the one acknowledged value. */
  readonly misses: string[] = [];
  slowestMs = 0;
  readonly #clients: readonly Kv[];
  readonly #keys: string[] = [];
  readonly #workers: Promise<void>[];
  #stopped = false;

  constructor(addresses: readonly string[], workers = 4) {
    this.#clients = addresses.map((address) => kvClient(address));
    this.#workers = Array.from({ length: workers }, (_, worker) => this.#work(worker));
  }

  get calls(): number {
    return 3 * this.#keys.length;
  }

  /** Ends the workers, then reads every key once more through every node. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    for (const client of this.#clients) {
      const queue = [...this.#keys];
      const reader = async (): Promise<void> => {
        for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
          await this.#readBack(client, key);
        }
      };
      await Promise.all(Array.from({ length: 16 }, reader));
      client.close();
    }
  }

  async #work(worker: number): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const key = `${worker}-${count}`;
      const value = toHex(randomBytes(systemRandom, 8));
      if (!(await this.#put(key, value))) continue;
      this.acknowledged.set(key, value);
      this.#keys.push(key);
      await this.#readBack(this.#any(), key);
      await this.#readBack(this.#any(), this.#keys[below(systemRandom, this.#keys.length)]!);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #put(key: string, value: string): Promise<boolean> {
    const beganMs = Date.now();
    const request = {
      ...{ bucket: BUCKET, key: encodeUtf8(key), value: encodeUtf8(value) },
      ...{ encoding: Encoding.UTF8, w: 2, strict: true, timeoutMs: CALL_MS },
    };
    const result = await this.#any().put(request, { timeoutMs: CALL_MS });
    this.#took(beganMs);
    if (result.type !== "ok") this.failures.push(`put ${key}: ${result.error.message}`);
    return result.type === "ok";
  }

  async #readBack(client: Kv, key: string): Promise<void> {
    const beganMs = Date.now();
    const request = { bucket: BUCKET, key: encodeUtf8(key), r: 2, strict: true };
    const result = await client.get({ ...request, timeoutMs: CALL_MS }, { timeoutMs: CALL_MS });
    this.#took(beganMs);
    if (result.type !== "ok") {
      this.failures.push(`get ${key}: ${result.error.message}`);
      return;
    }
    const found = result.response.siblings.map(({ value }) => Buffer.from(value).toString());
    const value = this.acknowledged.get(key)!;
    if (found.length === 1 && found[0] === value) return;
    this.misses.push(`${key}: ${JSON.stringify(found)} instead of ${value}`);
  }

  #any(): Kv {
    return this.#clients[below(systemRandom, this.#clients.length)]!;
  }

  #took(beganMs: number): void {
    this.slowestMs = Math.max(this.slowestMs, Date.now() - beganMs);
  }
}
