import { encodeUtf8, randomBytes, systemRandom, toHex } from "@coterie/core";
import { kvClient, type UnaryClient } from "@coterie/transport-grpc";
import { Encoding, Error_Code, type KvService } from "@coterie/wire";

const BUCKET = "load";
const ATTEMPT_MS = 1_500;
/** A call that finds no node to carry it out for this long has failed. */
const CALL_MS = 10_000;

const elsewhere: ReadonlySet<Error_Code> = new Set([
  Error_Code.UNAVAILABLE,
  Error_Code.NOT_READY,
  Error_Code.OVERLOADED,
  Error_Code.IN_DOUBT,
]);

type Kv = UnaryClient<typeof KvService>;

/**
 * Writers that write one key after the other, as fast as they are answered, and go to another node with the
 * same operation id when one does not answer: what a client library does.
 */
export class WriteLoad {
  /** What was acknowledged, by key. */
  readonly acknowledged = new Map<string, string>();
  /** Calls that no node carried out. */
  readonly failures: string[] = [];
  readonly #addresses: readonly string[];
  readonly #clients: readonly Kv[];
  readonly #writers: Promise<void>[];
  /** No two loads share keys. */
  readonly #name = toHex(randomBytes(systemRandom, 4));
  #stopped = false;

  constructor(addresses: readonly string[], writers = 12) {
    this.#addresses = addresses;
    this.#clients = addresses.map((address) => kvClient(address));
    this.#writers = Array.from({ length: writers }, (_, writer) => this.#write(writer));
  }

  /** Resolves once this many more writes are acknowledged than now, or 20 s have passed. */
  async acknowledge(count: number): Promise<void> {
    const goal = this.acknowledged.size + count;
    const endMs = Date.now() + 20_000;
    while (this.acknowledged.size < goal && Date.now() < endMs) await pause(10);
  }

  /** Ends the writers; every call under way is answered or has failed then. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** Keys whose acknowledged value is not the one and only that the node at this index reads. */
  async lostThrough(index: number): Promise<string[]> {
    // A client of its own: gRPC waits a while before it dials an address again that was down just now.
    const client = kvClient(this.#addresses[index]!);
    const lost: string[] = [];
    const entries = [...this.acknowledged];
    const reader = async (): Promise<void> => {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        const [key, value] = entry;
        const result = await client.get({ bucket: BUCKET, key: encodeUtf8(key) });
        const found =
          result.type === "ok"
            ? result.response.siblings.map((sibling) => Buffer.from(sibling.value).toString())
            : result.error.message;
        if (!Array.isArray(found) || found.length !== 1 || found[0] !== value) {
          lost.push(`${key}: ${JSON.stringify(found)} instead of ${value}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 32 }, reader));
    client.close();
    return lost;
  }

  async #write(writer: number): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const key = `${this.#name}-${writer}-${count}`;
      const value = toHex(randomBytes(systemRandom, 8));
      const fault = await this.#put(key, value, writer);
      if (fault === undefined) this.acknowledged.set(key, value);
      else this.failures.push(`${key}: ${fault}`);
    }
  }

  /** Undefined: acknowledged. */
  async #put(key: string, value: string, first: number): Promise<string | undefined> {
    const request = {
      bucket: BUCKET,
      key: encodeUtf8(key),
      value: encodeUtf8(value),
      encoding: Encoding.UTF8,
      operationId: randomBytes(systemRandom, 16),
      timeoutMs: ATTEMPT_MS,
    };
    const endMs = Date.now() + CALL_MS;
    let fault = "";
    for (let attempt = first; Date.now() < endMs; attempt++) {
      const client = this.#clients[attempt % this.#clients.length]!;
      const result = await client.put(request, { timeoutMs: ATTEMPT_MS + 200 });
      if (result.type === "ok") return undefined;
      fault = result.error.message;
      if (!elsewhere.has(result.error.code)) return fault;
      await pause(20);
    }
    return fault;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
