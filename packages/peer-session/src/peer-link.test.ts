import type { Timers } from "@coterie/core";
import type { VirtualTime } from "@coterie/core/testing";
import { describe, expect, test } from "vitest";
import { call, Fixture } from "../test/fixture.ts";

describe("calling", () => {
  test("the first call dials, says hello and is answered", async () => {
    const f = new Fixture().serve();
    expect(f.link.state).toBe("idle");
    const hi = f.call("hi");
    await f.time.run(10);
    expect(hi.outcome).toBe("HI");
    expect(f.states).toEqual(["connecting: dialling b", "up: connected to b"]);
  });

  test("the caller's object is left alone, so that one call may go over several links", async () => {
    const f = new Fixture().serve();
    const one = Object.freeze(call("hi"));
    const results = Promise.all([f.link.call(one, 1000), f.link.call(one, 1000)]);
    await f.time.run(10);
    expect((await results).map((result) => result.type)).toEqual(["reply", "reply"]);
    expect(one).toEqual({ id: 0, timeoutMs: 0, say: "hi" });
  });

  test("what is left of the deadline travels with the call", async () => {
    const f = new Fixture();
    const timeouts: number[] = [];
    f.network.delay("b", "a", 300);
    f.serve({
      handle: (asked) => {
        timeouts.push(asked.timeoutMs);
        return { id: 0, say: "" };
      },
    });
    f.call("waits 300 ms for the hello", 1000);
    await f.time.run(1000);
    expect(timeouts).toEqual([700]);
  });

  test("a call whose deadline has passed is not sent, and one without an end waits as long as timers can", async () => {
    const f = await new Fixture().serve({ handle: () => new Promise(() => {}) }).up();
    expect(await f.link.call(call("late"), -1)).toMatchObject({ type: "notSent" });
    expect(await f.link.call(call("never"), Number.NaN)).toMatchObject({ type: "notSent" });
    const endless = f.call("endless", Number.POSITIVE_INFINITY);
    await f.time.run(60_000);
    expect([f.asked, endless.outcome]).toEqual([["endless"], "pending"]);
  });

  test("latency is what the caller waited", async () => {
    const f = await new Fixture().serve().up();
    f.network.delay("a", "b", 20);
    f.network.delay("b", "a", 30);
    const result = f.link.call(call("hi"), 1000);
    await f.time.run(100);
    expect(await result).toMatchObject({ type: "reply", latencyMs: 50 });
  });
});

describe("frames", () => {
  test("the calls of one turn share a frame", async () => {
    const f = await new Fixture().serve().up();
    f.frames.length = 0;
    for (let i = 0; i < 5; i++) f.call("x");
    await f.time.run(10);
    expect(f.frames).toEqual([5]);
  });

  test("while a frame is not yet written the next one gathers", async () => {
    const f = await new Fixture().serve().up();
    f.network.hold("a", "b");
    f.frames.length = 0;
    for (let i = 0; i < 7; i++) {
      f.call("x");
      await f.time.run(1);
    }
    expect(f.frames).toEqual([1, 1, 1, 1]); // the window of the network takes four
    f.network.release("a", "b");
    await f.time.run(10);
    expect(f.frames).toEqual([1, 1, 1, 1, 3]);
  });

  test("a frame holds at most so many calls and so many bytes, but never less than one call", async () => {
    const f = new Fixture({ limits: { frameCallsMax: 3, frameBytesMax: 10 } }).serve();
    await f.up();
    f.frames.length = 0;
    for (const say of ["a", "b", "c", "d", "1234567", "7654321", "a long one of 21 bytes"])
      f.call(say);
    await f.time.run(10);
    expect(f.frames).toEqual([3, 2, 1, 1]);
    expect(f.asked).toHaveLength(7);
  });

  test("an empty frame goes only after silence: heartbeats ride on data", async () => {
    const f = await new Fixture({ limits: { heartbeatMs: 100 } }).serve().up();
    f.frames.length = 0;
    for (let i = 0; i < 10; i++) {
      f.call("x");
      await f.time.run(90);
    }
    expect(f.frames).toEqual(Array(10).fill(1));
    await f.time.run(400);
    expect(f.frames.slice(10)).toEqual([0, 0, 0, 0]);
  });

  test("one timer serves the link, however many calls are in flight", async () => {
    let live = 0;
    let most = 0;
    const counted = (time: VirtualTime): Timers => ({
      endOfTurn: (callback) => time.endOfTurn(callback),
      after: (delayMs, callback) => {
        most = Math.max(most, ++live);
        let over = false;
        const end = (): void => {
          if (!over) live--;
          over = true;
        };
        const timer = time.after(delayMs, () => {
          end();
          callback();
        });
        return {
          cancel: () => {
            end();
            timer.cancel();
          },
        };
      },
    });
    const f = new Fixture({ timers: counted }).serve({ handle: () => new Promise(() => {}) });
    const calls = Array.from({ length: 500 }, (_, i) => f.call("x", 3000 - i));
    await f.time.run(5000);
    expect(most).toBe(1);
    expect(calls.every(({ outcome }) => outcome.startsWith("lost: no reply within"))).toBe(true);
  });
});

describe("bounds", () => {
  test("no more than so many calls are in flight; the rest wait, and are not sent when their time is up", async () => {
    const f = new Fixture({ limits: { inFlightMax: 2 } });
    f.serve({ handle: () => new Promise(() => {}) });
    await f.up();
    const calls = ["one", "two", "three"].map((say) => f.call(say, 500));
    await f.time.run(100);
    expect([f.link.inFlight, f.link.queued]).toEqual([2, 1]);
    await f.time.run(1000);
    expect(calls.map(({ outcome }) => outcome)).toEqual([
      "lost: no reply within 500 ms",
      "lost: no reply within 500 ms",
      "notSent: not sent within 500 ms: 2 calls wait for b to answer",
    ]);
    expect(f.asked).toEqual(["one", "two"]);
  });

  test("a queue that is full refuses at once", async () => {
    const f = new Fixture({ limits: { queuedMax: 2 } });
    const calls = ["one", "two", "three"].map((say) => f.call(say, 500));
    await f.time.run(1);
    expect(calls[2]?.outcome).toMatch(
      /^notSent: 2 calls are waiting already: no connection to b: /,
    );
    expect(calls[0]?.outcome).toBe("pending");
  });

  test("bytes are bounded as well: of one call, and of all that are held", async () => {
    const f = await new Fixture({ limits: { callBytesMax: 10, heldBytesMax: 15 } }).serve().up();
    const calls = ["12345678901", "1234567890", "1234567890", "12345"].map((say) => f.call(say));
    await f.time.run(10);
    expect(calls.map(({ outcome }) => outcome)).toEqual([
      "notSent: a call of about 11 bytes is above the limit of 10",
      "1234567890",
      expect.stringMatching(/^notSent: 10 bytes of calls are held already/),
      "12345",
    ]);
    expect(f.call("1234567890").outcome).toBe("pending"); // what was answered is held no longer
  });

  test("an urgent call passes those that wait, and gets through to a peer that answers nothing else", async () => {
    const f = new Fixture({ limits: { inFlightMax: 2 } });
    f.serve({
      handle: (asked) =>
        asked.say === "ping" ? { id: 0, say: "pong" } : new Promise<never>(() => {}),
    });
    await f.up();
    for (let i = 0; i < 10; i++) f.call("stuck", 5000);
    await f.time.run(10);
    const ping = f.call("ping", 500, true);
    await f.time.run(10);
    expect(ping.outcome).toBe("pong");
  });
});

describe("late replies", () => {
  test("a reply after its deadline is reported as late, once, and its call stays lost", async () => {
    const f = await new Fixture().serve().up();
    f.network.delay("b", "a", 700);
    const slow = f.call("slow", 500);
    await f.time.run(2000);
    expect(slow.outcome).toBe("lost: no reply within 500 ms");
    expect(f.late).toEqual(["slow -> SLOW"]);
    expect(f.link.inFlight).toBe(0);
  });

  test("what came while this process stood still is read before calls expire", async () => {
    // A turn takes a millisecond, in which what has come is read.
    const timers = (time: VirtualTime): Timers => ({
      after: (ms, callback) => time.after(ms, callback),
      endOfTurn: (callback) => time.after(1, callback),
    });
    const f = await new Fixture({ timers }).serve().up();
    const afterStall = async (answeredInMs: number): Promise<string> => {
      f.network.delay("b", "a", answeredInMs);
      const asked = f.call("asked", 500);
      await f.time.run(499);
      f.stalledMs += 1_000;
      await f.time.run(5);
      return asked.outcome;
    };
    expect(await afterStall(499.5)).toBe("ASKED");
    expect(await afterStall(10_000)).toBe("lost: no reply within 500 ms");
  });

  test("a call given up counts as in flight until its reply or until replies are no longer expected", async () => {
    const f = new Fixture({ limits: { inFlightMax: 1, lateMs: 2000 } });
    f.serve({ handle: () => new Promise(() => {}) });
    await f.up();
    f.call("never answered", 500);
    await f.time.run(2000);
    expect(f.link.inFlight).toBe(1);
    const next = f.call("next", 5000);
    await f.time.run(600);
    expect(f.asked).toEqual(["never answered", "next"]);
    expect(next.outcome).toBe("pending");
  });
});
