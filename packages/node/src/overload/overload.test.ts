import { fraction, SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { Error_Code, type Error as Failure } from "@coterie/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isFailure } from "../failure.ts";
import { GATE_LIMITS, Gate } from "./gate.ts";

const DONE = { $typeName: "done" };

interface Counts {
  inTime: number;
  late: number;
  refused: number;
}

/** A node that does one thing after the other, behind its gate, on virtual time. */
class Server {
  readonly time = new VirtualTime();
  readonly gate = new Gate(GATE_LIMITS, this.time, () => 0);
  readonly refusals: Failure[] = [];
  perSecond: number;
  #freeMs = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  async ask(timeoutMs: number, counts: Counts): Promise<void> {
    const beganMs = this.time.monotonicMs();
    const answer = await this.gate.pass({ bytes: 100, timeoutMs }, () => this.#work());
    if (isFailure(answer)) {
      counts.refused++;
      this.refusals.push(answer);
    } else if (this.time.monotonicMs() - beganMs <= timeoutMs) counts.inTime++;
    else counts.late++;
  }

  /** So many a second for so long, at random moments, whatever becomes of those before. */
  async offer(perSecond: number, forMs: number, timeoutMs: number, seed = 1): Promise<Counts> {
    const counts = { inTime: 0, late: 0, refused: 0 };
    const random = new SeededRandom(seed);
    for (let ms = 0; ms < forMs; ms++) {
      const mean = perSecond / 1_000;
      let count = Math.floor(mean) + (fraction(random) < mean % 1 ? 1 : 0);
      if (fraction(random) < 0.1) count *= 2;
      for (; count > 0; count--) void this.ask(timeoutMs, counts);
      await this.time.run(1);
    }
    return counts;
  }

  #work(): Promise<typeof DONE> {
    const nowMs = this.time.monotonicMs();
    this.#freeMs = Math.max(nowMs, this.#freeMs) + 1_000 / this.perSecond;
    return new Promise((resolve) => {
      this.time.after(this.#freeMs - nowMs, () => resolve(DONE));
    });
  }
}

test("however much is offered, about the capacity is let in, and what is let in ends in time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 500, max: 2_000 }),
      fc.double({ min: 1.3, max: 6, noNaN: true }),
      fc.integer({ min: 500, max: 3_000 }),
      fc.integer({ min: 1, max: 1_000 }),
      async (capacity, times, timeoutMs, seed) => {
        const server = new Server(capacity);
        const offered = times * capacity;
        // The onset: how long requests take is only known when the first have waited.
        const onset = await server.offer(offered, 2 * timeoutMs, timeoutMs, seed);
        expect(onset.inTime).toBeGreaterThan(onset.late);
        const { inTime, late, refused } = await server.offer(offered, 6_000, timeoutMs, seed);
        expect(late).toBeLessThanOrEqual(0.01 * inTime);
        // What is under way at the end is neither in time nor late yet.
        expect(inTime).toBeGreaterThan(0.9 * (6 - timeoutMs / 2_000) * capacity);
        expect(refused).toBeGreaterThan((times - 1) * capacity);
      },
    ),
    { numRuns: 4, endOnFailure: true },
  );
});

test("a node that becomes three times slower under its load lets in less within seconds", async () => {
  const server = new Server(3_000);
  await server.offer(9_000, 2_000, 1_000);
  server.perSecond = 1_000;
  await server.offer(9_000, 4_000, 1_000);
  const { inTime, late } = await server.offer(9_000, 3_000, 1_000);
  expect(late).toBe(0);
  // 500 are under way at the end.
  expect(inTime).toBeGreaterThan(2_400);
});

test("once the burst is over nothing is refused", async () => {
  const server = new Server(1_000);
  expect((await server.offer(5_000, 3_000, 1_000)).refused).toBeGreaterThan(5_000);
  await server.time.run(1_000);
  expect(await server.offer(800, 3_000, 1_000)).toMatchObject({ late: 0, refused: 0 });
});

test.each([400, 1_700, 6_000])(
  "512 clients at one node (of 1,024 at three, unevenly spread) that wait for their answers are never refused where %d are done a second",
  async (capacity) => {
    const server = new Server(capacity);
    const counts = { inTime: 0, late: 0, refused: 0 };
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) await server.ask(5_000, counts);
    };
    const clients = Array.from({ length: 512 }, client);
    await server.time.run(5_000);
    isOver = true;
    await server.time.run(5_000);
    await Promise.all(clients);
    expect(counts).toMatchObject({ late: 0, refused: 0 });
  },
);

test("a burst after a quiet hour is no overload: the clients' own rate is not the node's", async () => {
  const server = new Server(2_000);
  await server.offer(10, 3_000, 1_000);
  const counts = { inTime: 0, late: 0, refused: 0 };
  for (let i = 0; i < 900; i++) void server.ask(1_000, counts);
  await server.time.run(1_000);
  expect(counts).toEqual({ inTime: 900, late: 0, refused: 0 });
});

test("the refusal says how much work there is, and a time to ask again that grows with it", async () => {
  const short = new Server(1_000);
  const long = new Server(1_000);
  await short.offer(3_000, 2_000, 500);
  await long.offer(3_000, 6_000, 4_000);
  expect(short.refusals.at(-1)).toMatchObject({ code: Error_Code.OVERLOADED, retryAfterMs: 100 });
  expect(short.refusals.at(-1)!.message).toMatch(
    /ms of work before a request that has 500 ms left/,
  );
  expect(long.refusals.at(-1)!.retryAfterMs).toBeGreaterThan(300);
});
