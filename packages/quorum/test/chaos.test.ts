import { ByteWriter, below, fraction, SeededRandom } from "@coterie/core";
import type { IntervalClock } from "@coterie/vector-clock";
import { expect, test } from "vitest";
import { History, type ReadSeen } from "./history.ts";
import { BUCKET } from "./scripted-replicas.ts";
import { CALM, ShardCluster, type Weather } from "./shard-cluster.ts";

const IDS = ["a", "b", "c"];
const KEYS = ["milk", "eggs"];
const TIMEOUT_MS = 120;
const REQUESTS = 40;

/** What kind of trouble a run is about. */
interface Trouble {
  readonly weather: Weather;
  readonly clients: number;
  /** Milliseconds at most from an answer to its client's next request. */
  readonly pauseMs: number;
  /** Milliseconds between two disturbances, about. */
  readonly everyMs: number;
  /** Chance of a disturbance to make the next commit of a node fail, and else to kill one. */
  readonly diskFull: number;
  readonly kill: number;
  /** Chance of a put to be sloppy with w=1. */
  readonly one: number;
}

const STORM: Trouble = {
  weather: { delayMs: 4, loss: 0.05, stall: 0.05, refusal: 0.1, commitMs: 4 },
  clients: 5,
  pauseMs: 30,
  everyMs: 50,
  diskFull: 0.4,
  kill: 0.15,
  one: 0.2,
};

/** Little is taken anywhere: most puts fail, and none of those may ever show. */
const REFUSAL: Trouble = {
  weather: { delayMs: 1, loss: 0.05, stall: 0, refusal: 0.7, commitMs: 4 },
  clients: 10,
  pauseMs: 5,
  everyMs: 5,
  diskFull: 0.9,
  kill: 0.01,
  one: 0.8,
};

/** One seed, one run: clients, faults and the checks of what the clients were told. */
class Run {
  readonly history = new History();
  readonly reads: { readonly acknowledged: readonly string[]; readonly recovering: string[] }[] =
    [];
  readonly cluster: ShardCluster;
  readonly #trouble: Trouble;
  readonly #random: SeededRandom;
  #recovering: string[] = [];
  #operations = 0;
  #isOver = false;

  constructor(seed: number, trouble: Trouble) {
    this.#trouble = trouble;
    this.#random = new SeededRandom(seed);
    this.cluster = new ShardCluster(IDS, this.#random.fork());
  }

  async play(): Promise<void> {
    const { cluster } = this;
    await cluster.startAll();
    cluster.weather = this.#trouble.weather;
    const { clients } = this.#trouble;
    let running = clients;
    for (let client = 0; client < clients; client++) {
      void this.#client(new SeededRandom(this.#random.uint32())).then(() => running--);
    }
    const faults = this.#random.fork();
    while (running > 0) {
      await cluster.time.run(this.#trouble.everyMs * (0.5 + fraction(faults)));
      await this.#disturb(faults);
    }
    this.#isOver = true;
    cluster.weather = CALM;
    for (const id of IDS) if (!cluster.isAlive(id)) await cluster.start(id);
    await cluster.time.run(2_000);
    for (const key of KEYS) {
      for (const id of IDS) this.history.end(key, await this.#settled(this.#get(id, key, false)));
    }
  }

  async #settled(reading: Promise<ReadSeen | undefined>): Promise<ReadSeen> {
    await this.cluster.time.run(500);
    const read = await reading;
    if (read === undefined) throw new Error("a healed cluster did not answer");
    return read;
  }

  /** Fails a commit, starts what is dead, wipes (one node at most), kills, moves the ring on. */
  async #disturb(random: SeededRandom): Promise<void> {
    const { cluster } = this;
    const id = IDS[below(random, IDS.length)]!;
    const { diskFull, kill } = this.#trouble;
    const dead = IDS.filter((other) => !cluster.isAlive(other));
    if (fraction(random) < diskFull) cluster.stores.get(id)!.failNextCommit("full");
    if (dead.length > 0 && fraction(random) < 0.5) {
      const wiped = this.#recovering.length === 0 && dead.length === 1 && fraction(random) < 0.3;
      if (wiped) this.#recovering = [dead[0]!];
      await cluster.start(dead[0]!, { wiped });
    } else if (fraction(random) < kill) {
      if (cluster.isAlive(id)) cluster.kill(id);
    } else if (fraction(random) < 0.1) {
      await cluster.nextEpoch(id);
    }
  }

  async #client(random: SeededRandom): Promise<void> {
    for (let request = 0; request < REQUESTS && !this.#isOver; request++) {
      await this.#pause(below(random, this.#trouble.pauseMs));
      const via = IDS[below(random, IDS.length)]!;
      const key = KEYS[below(random, KEYS.length)]!;
      if (!this.cluster.isAlive(via)) continue;
      if (fraction(random) < 0.3) {
        await this.#put(random, via, key, undefined);
      } else {
        const read = await this.#get(via, key, fraction(random) < 0.6);
        if (read !== undefined && fraction(random) < 0.4) await this.#put(random, via, key, read);
      }
    }
  }

  /** A blind put, or one based on a read; what ends in doubt may be tried again. */
  async #put(random: SeededRandom, via: string, key: string, base: ReadSeen | undefined) {
    const operationId = (++this.#operations).toString(16).padStart(32, "0");
    for (let attempt = 0; attempt < 3; attempt++) {
      if (!this.cluster.isAlive(via)) return;
      const count = fraction(random) < this.#trouble.one ? 1 : 2;
      this.history.put(key, operationId, base?.operations ?? new Set());
      const pending = this.cluster.coordinator(via).put({
        row: this.cluster.row(BUCKET, key),
        bucket: BUCKET,
        consistency: { count, strict: count > 1 },
        deadlineMs: this.cluster.time.monotonicMs() + TIMEOUT_MS,
        context: base === undefined ? new Uint8Array() : encoded(base.context),
        contextStamp: undefined,
        follows: [],
        retry: false,
        operationId,
        tombstone: false,
        encoding: "bytes",
        expiresAtMs: undefined,
        value: new Uint8Array([1]),
      });
      const outcome = await this.#answer(via, pending);
      if (outcome === undefined) return;
      this.history.putEnded(operationId, outcome, {
        isStrict: count > 1,
        atMs: this.cluster.time.monotonicMs(),
      });
      if (outcome.type === "ok" || fraction(random) < 0.5) return;
      via = IDS[below(random, IDS.length)]!;
    }
  }

  async #get(via: string, key: string, monotonic: boolean): Promise<ReadSeen | undefined> {
    const { cluster } = this;
    const fromMs = cluster.time.monotonicMs();
    const recovering = [...this.#recovering];
    const pending = cluster.coordinator(via).get({
      row: cluster.row(BUCKET, key),
      bucket: BUCKET,
      consistency: { strict: true },
      monotonic,
      deadlineMs: fromMs + TIMEOUT_MS,
    });
    const outcome = await this.#answer(via, pending);
    if (outcome?.type !== "ok") return undefined;
    this.reads.push({ acknowledged: outcome.receipt.acknowledged, recovering });
    return this.history.get(key, monotonic, outcome, fromMs, cluster.time.monotonicMs());
  }

  /** Undefined when the coordinator died first; every other answer comes within the deadline. */
  async #answer<T>(via: string, pending: Promise<T>): Promise<T | undefined> {
    const { cluster } = this;
    const coordinator = cluster.coordinator(via);
    const silence = Symbol("silence");
    const answer = await Promise.race([pending, this.#pause(TIMEOUT_MS + 1).then(() => silence)]);
    if (answer !== silence) return answer as T;
    const isSame = cluster.isAlive(via) && cluster.coordinator(via) === coordinator;
    if (isSame) this.history.faults.push(`${via} did not answer in time`);
    return undefined;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.cluster.time.after(ms, resolve);
    });
  }
}

function encoded(context: IntervalClock): Uint8Array {
  const writer = new ByteWriter();
  context.encode(writer);
  return writer.finish();
}

/** Plays the seeds and says how often each outcome came: a test without any proves nothing. */
async function play(seeds: number, trouble: Trouble): Promise<Record<string, number>> {
  const tally: Record<string, number> = { reads: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const run = new Run(seed, trouble);
    await run.play();
    expect({ seed, faults: run.history.faults }).toEqual({ seed, faults: [] });
    const byRecovering = run.reads.filter(({ acknowledged, recovering }) =>
      recovering.some((node) => acknowledged.includes(node)),
    );
    expect({ seed, byRecovering }).toEqual({ seed, byRecovering: [] });
    tally["reads"]! += run.reads.length;
    for (const [type, count] of Object.entries(run.history.tally)) {
      tally[type] = (tally[type] ?? 0) + count;
    }
  }
  return tally;
}

test("whatever is lost, late, killed, wiped or full: what clients were told holds", async () => {
  const tally = await play(8, STORM);
  for (const what of ["reads", "ok", "inDoubt"]) expect(tally[what], what).toBeGreaterThan(20);
}, 120_000);

test("whatever is refused and rolled back: a put that failed never shows", async () => {
  const tally = await play(5, REFUSAL);
  for (const what of ["reads", "ok", "failed"]) expect(tally[what], what).toBeGreaterThan(20);
}, 120_000);
