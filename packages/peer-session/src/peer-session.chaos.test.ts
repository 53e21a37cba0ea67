import { below, pick, SeededRandom } from "@coterie/core";
import { describe, expect, test } from "vitest";
import { call, Fixture, inWords } from "../test/fixture.ts";

/** Two minutes of a link and its server on a network that does its worst. */
async function run(seed: number): Promise<string> {
  const chance = new SeededRandom(seed);
  const f = new Fixture({ seed, limits: { inFlightMax: 8, queuedMax: 30, urgentMax: 4 } });
  const wait = (ms: number): Promise<void> => new Promise((resolve) => f.time.after(ms, resolve));
  const serve = (): void => {
    f.serve({
      bounds: { inFlightMax: 6 },
      handle: async (asked) => {
        if (below(chance, 2) === 0) await wait(below(chance, 400));
        return { id: 0, say: asked.say };
      },
    });
  };
  serve();
  const heal = (): void => {
    for (const [from, to] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      f.network.release(from, to);
      f.network.delay(from, to, below(chance, 20));
    }
  };
  const faults = [
    heal,
    heal,
    () => f.network.hold("a", "b"),
    () => f.network.hold("b", "a"),
    () => f.network.hang("a", "b"),
    () => f.network.break("a", "b"),
    () => f.network.delay("a", "b", () => below(chance, 300)),
    () => f.network.delay("b", "a", () => below(chance, 300)),
    () => f.stop(),
    () => {
      f.stop();
      serve();
    },
    () => f.link.connect(),
  ];
  const outcomes = new Map<string, string[]>();
  for (let i = 0; i < 1200; i++) {
    if (below(chance, 12) === 0) pick(chance, faults)();
    for (let n = below(chance, 4); n > 0; n--) {
      const name = `${i}.${n}`;
      outcomes.set(name, []);
      void f.link
        .call(call(name), 1 + below(chance, 3000), below(chance, 20) === 0)
        .then((result) => outcomes.get(name)?.push(inWords(result)));
    }
    await f.time.run(below(chance, 200));
  }
  heal();
  f.stop();
  serve();
  await f.time.run(10_000);
  const last = f.call("last");
  await f.time.run(1000);
  expect(last.outcome).toBe("last");
  const asked = new Set(f.asked);
  expect(asked.size).toBe(f.asked.length); // nothing was carried out twice
  for (const [name, results] of outcomes) {
    expect(results).toHaveLength(1); // one result each, none forgotten
    const result = results[0]!;
    if (result.startsWith("notSent")) expect(asked.has(name)).toBe(false);
    else if (!result.startsWith("lost")) expect([result, asked.has(name)]).toEqual([name, true]);
  }
  expect(f.link.inFlight + f.link.queued).toBe(0);
  const kinds = [...outcomes.values()].map(([result]) => result!.split(":")[0]!);
  expect(new Set(kinds).size).toBeGreaterThan(100); // replies got through as well
  f.link.close();
  f.server.close();
  await f.time.run(100);
  expect(f.time.nextMs).toBe(Number.POSITIVE_INFINITY); // no timer is left behind
  return `${f.states.join("\n")}\n${[...outcomes].join("\n")}`;
}

describe("whatever the network does, a call has one result, is carried out at most once, and the link recovers", () => {
  for (let seed = 1; seed <= 25; seed++) test(`seed ${seed}`, () => run(seed));

  test("and one seed is one run", async () => {
    expect(await run(3)).toBe(await run(3));
  });
});
