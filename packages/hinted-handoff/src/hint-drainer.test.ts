import { VirtualTime } from "@coterie/core/testing";
import { describe, expect, test } from "vitest";
import type { Hint } from "./hint.ts";
import { HintDrainer, type HintDrainerOptions } from "./hint-drainer.ts";
import type { Delivery } from "./ports.ts";

const INTERVAL_MS = 1_000;

function scene(options: HintDrainerOptions = {}) {
  const time = new VirtualTime();
  const hints = new Map<number, Hint>();
  const down = new Set<string>();
  const delivered: string[] = [];
  let answer: Delivery = "durable";
  let inFlight = 0;
  let inFlightMax = 0;
  const drainer = new HintDrainer(
    {
      clock: time,
      timers: time,
      slice: async (from, limit) => {
        const rows = [...hints.keys()]
          .sort((a, b) => a - b)
          .filter((row) => row >= (from?.[0] ?? 0));
        const some = rows.slice(0, Math.min(limit, 3));
        const next = rows[some.length];
        return {
          hints: some.map((row) => hints.get(row)!),
          next: next === undefined ? undefined : Uint8Array.of(next),
        };
      },
      drop: async ({ row, versions }) => {
        if (hints.get(row[0]!)?.versions === versions) hints.delete(row[0]!);
      },
      primaries: () => ["a", "b", "c"],
      isReachable: (node) => !down.has(node),
      deliver: async (to, { row }) => {
        inFlightMax = Math.max(inFlightMax, ++inFlight);
        await new Promise<void>((resolve) => time.after(1, resolve));
        inFlight--;
        delivered.push(`${row[0]}>${to}`);
        return answer;
      },
    },
    { intervalMs: INTERVAL_MS, ...options },
  );
  const keep = (row: number): void => {
    const versions = Uint8Array.of(row);
    hints.set(row, { row: Uint8Array.of(row), versions, intendedFor: "c", sinceMs: 0 });
  };
  return {
    time,
    hints,
    down,
    delivered,
    drainer,
    keep,
    refuse: () => {
      answer = "later";
    },
    inFlightMax: () => inFlightMax,
  };
}

describe("HintDrainer [Dynamo §4.6]", () => {
  test("a hint goes to every primary, not only to the one that it names, and is then gone", async () => {
    const { drainer, keep, time, hints, delivered } = scene();
    keep(1);
    drainer.nudge();
    await time.run(10);
    expect(delivered.sort()).toEqual(["1>a", "1>b", "1>c"]);
    expect(hints.size).toBe(0);
  });

  test("a hint stays while one primary is away, and goes when it is back", async () => {
    const { drainer, keep, time, hints, down } = scene();
    down.add("c");
    keep(1);
    drainer.start();
    await time.run(3 * INTERVAL_MS);
    expect(hints.size).toBe(1);
    down.delete("c");
    drainer.nudge();
    await time.run(10);
    expect(hints.size).toBe(0);
  });

  test("a hint stays when a primary cannot take it now", async () => {
    const { drainer, keep, time, hints, refuse } = scene();
    refuse();
    keep(1);
    drainer.nudge();
    await time.run(10);
    expect(hints.size).toBe(1);
  });

  test("a primary that is there and cannot take a hint now is tried again soon, and then less and less often", async () => {
    const { drainer, keep, time, delivered, refuse } = scene({ retryMs: 50 });
    refuse();
    keep(1);
    drainer.nudge();
    const passes: number[] = [];
    for (let ms = 0; ms < 5_000; ms++) {
      await time.run(1);
      if (delivered.splice(0).length > 0) passes.push(ms);
    }
    const gaps = passes.slice(1).map((atMs, i) => Math.round((atMs - passes[i]!) / 50) * 50);
    expect(gaps).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  test("a hint that is expected to find its primary there goes soon, together with those that follow it", async () => {
    const { drainer, keep, time, hints, delivered } = scene({ retryMs: 50 });
    drainer.start();
    for (let row = 0; row < 3; row++) {
      keep(row);
      drainer.expect();
      await time.run(10);
    }
    expect(delivered).toEqual([]);
    await time.run(40);
    expect(hints.size).toBe(0);
  });

  test("while the one that missed it is away, nobody else is bothered with the hint", async () => {
    const { drainer, keep, time, down, delivered } = scene();
    down.add("c");
    keep(1);
    drainer.nudge();
    await time.run(10);
    expect(delivered).toEqual([]);
  });

  test("a hint that grew while it was on its way stays", async () => {
    const { drainer, keep, time, hints } = scene();
    keep(1);
    drainer.nudge();
    await time.run(0.5);
    keep(1);
    await time.run(10);
    expect(hints.size).toBe(1);
  });

  test("passes go through all slices, a few hints at a time", async () => {
    const { drainer, keep, time, hints, inFlightMax } = scene({ concurrency: 2 });
    for (let row = 0; row < 20; row++) keep(row);
    drainer.nudge();
    await time.run(100);
    expect(hints.size).toBe(0);
    expect(inFlightMax()).toBe(6);
  });

  test("drain reports a pass that began after the call", async () => {
    const { drainer, keep, time, down } = scene();
    keep(1);
    drainer.nudge();
    await time.run(0.5);
    keep(2);
    down.add("a");
    const report = drainer.drain();
    await time.run(100);
    expect(await report).toEqual({ drained: 0, waiting: 1 });
  });

  test("nothing is delivered after stop", async () => {
    const { drainer, keep, time, delivered } = scene();
    drainer.start();
    drainer.stop();
    keep(1);
    drainer.nudge();
    await time.run(5 * INTERVAL_MS);
    expect(delivered).toEqual([]);
  });
});
