import type { Clock } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import type { CommitResult } from "@coterie/shard-engine";
import { expect, test } from "vitest";
import { Strain } from "./strain.ts";

/** A node's own measure, on a process that can be made to stand still. */
class Fixture {
  readonly time = new VirtualTime();
  readonly lags: number[] = [];
  readonly changes: (string | undefined)[] = [];
  stalledMs = 0;
  readonly clock: Clock = {
    nowMs: () => this.time.nowMs() + this.stalledMs,
    monotonicMs: () => this.time.monotonicMs() + this.stalledMs,
  };
  readonly strain = new Strain({
    clock: this.clock,
    timers: this.time,
    onLag: (ms) => this.lags.push(ms),
    onChange: (reason) => this.changes.push(reason),
  });

  constructor() {
    this.strain.start();
  }

  commitIn(ms: number): void {
    this.strain.commits(
      new Promise<CommitResult>((resolve) =>
        this.time.after(ms, () => resolve({ type: "committed" })),
      ),
    );
  }
}

test("a process that stood still notices, doubts itself, says so, and forgets it again", async () => {
  const f = new Fixture();
  await f.time.run(1_100);
  expect(f.strain.degraded).toBeUndefined();
  f.stalledMs += 800;
  await f.time.run(250);
  expect(f.lags).toEqual([800]);
  expect(f.strain.degraded).toBe("its event loop stood still for 800 ms");
  expect(f.strain.slownessMs).toBe(800);
  await f.time.run(6_000);
  expect(f.strain.degraded).toBeUndefined();
  expect(f.changes).toEqual(["its event loop stood still for 800 ms", undefined]);
});

test("a disk that hangs shows before its commit ends", async () => {
  const f = new Fixture();
  f.commitIn(4_000);
  await f.time.run(1_300);
  expect(f.strain.degraded).toMatch(/^its disk takes 1\d{3} ms to commit$/);
  expect(f.lags.length).toBeGreaterThan(0);
  await f.time.run(10_000);
  expect(f.strain.degraded).toBeUndefined();
});

test("quick commits and small delays are nothing to speak of", async () => {
  const f = new Fixture();
  for (let i = 0; i < 100; i++) {
    f.commitIn(20);
    f.stalledMs += 5;
    await f.time.run(50);
  }
  expect(f.changes).toEqual([]);
  expect(f.lags).toEqual([]);
});

test("a commit that waited for a process that stood still is not held against the disk", async () => {
  const f = new Fixture();
  f.commitIn(300);
  await f.time.run(100);
  f.stalledMs += 30_000;
  await f.time.run(150);
  expect(f.strain.degraded).toMatch(/event loop/);
  await f.time.run(6_000);
  expect(f.strain.degraded).toBeUndefined();
});

test("stopped, it leaves no timer", async () => {
  const f = new Fixture();
  await f.time.run(600);
  f.strain.stop();
  expect(f.time.nextMs).toBe(Number.POSITIVE_INFINITY);
});
