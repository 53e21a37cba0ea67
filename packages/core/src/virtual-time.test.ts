import { describe, expect, test } from "vitest";
import { VirtualTime } from "./virtual-time.ts";

describe("VirtualTime", () => {
  test("timers fire in order of their time, ties in the order in which they were set", () => {
    const time = new VirtualTime();
    const fired: string[] = [];
    time.after(5, () => fired.push("late"));
    time.after(1, () => fired.push("first"));
    time.after(1, () => fired.push("second"));
    time.advance(10);
    expect(fired).toEqual(["first", "second", "late"]);
    expect(time.monotonicMs()).toBe(10);
  });

  test("a cancelled timer does not fire and does not count as next", () => {
    const time = new VirtualTime();
    time.after(1, () => expect.unreachable()).cancel();
    expect(time.nextMs).toBe(Number.POSITIVE_INFINITY);
    time.advance(5);
  });

  test("a timer that a timer sets within the same span fires too", () => {
    const time = new VirtualTime();
    const fired: number[] = [];
    time.after(1, () => time.after(2, () => fired.push(time.monotonicMs())));
    time.advance(3);
    expect(fired).toEqual([3]);
  });

  test("a jump of wall time moves no deadline", () => {
    const time = new VirtualTime(1_000);
    time.jumpWallMs(-500);
    expect(time.nowMs()).toBe(500);
    expect(time.monotonicMs()).toBe(0);
  });

  test("run lets what awaits a timer go on before the next one fires", async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    const work = (async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise<void>((resolve) => time.after(10, resolve));
        seen.push(time.monotonicMs());
      }
    })();
    await time.run(100);
    await work;
    expect(seen).toEqual([10, 20, 30]);
  });

  test("many timers come out sorted", () => {
    const time = new VirtualTime();
    const fired: number[] = [];
    for (let i = 0; i < 500; i++) {
      const atMs = (i * 7919) % 503;
      time.after(atMs, () => fired.push(atMs));
    }
    time.advance(1_000);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
    expect(fired.length).toBe(500);
  });
});
