import { describe, expect, test } from "vitest";
import { Fixture } from "../test/fixture.ts";

describe("a session that breaks", () => {
  test("loses what is in flight, and nothing is sent a second time", async () => {
    const f = new Fixture();
    f.serve({ handle: () => new Promise(() => {}) });
    await f.up();
    const sent = f.call("sent", 5000);
    await f.time.run(10);
    f.network.break("a", "b");
    await f.time.run(3000);
    expect(sent.outcome).toBe("lost: the connection was reset");
    expect(f.link.state).toBe("up");
    expect(f.asked).toEqual(["sent"]);
  });

  test("is dialled again, and calls made meanwhile go out when it is back", async () => {
    const f = await new Fixture().serve().up();
    f.stop();
    await f.time.run(10);
    expect(f.link.state).toBe("down");
    const waiting = f.call("waiting", 5000);
    await f.time.run(3000);
    f.serve();
    await f.time.run(1001); // never later than the longest backoff
    expect(waiting.outcome).toBe("WAITING");
  });

  test("is dialled with delays that double up to the longest, each spread over its upper half", async () => {
    const f = await new Fixture().serve().up();
    await f.time.run(5000);
    f.states.length = 0;
    f.stop();
    const dialled: number[] = [];
    let before = f.time.monotonicMs();
    for (let i = 0; i < 20_000; i++) {
      await f.time.run(1);
      if (f.states.some((state) => state.startsWith("connecting"))) {
        dialled.push(f.time.monotonicMs() - before);
        before = f.time.monotonicMs();
      }
      f.states.length = 0;
    }
    expect(dialled.length).toBeGreaterThan(20);
    for (const [attempt, delayMs] of dialled.entries()) {
      const ceilingMs = Math.min(1000, 50 * 2 ** attempt);
      expect(delayMs).toBeGreaterThanOrEqual(ceilingMs / 2 - 1);
      expect(delayMs).toBeLessThanOrEqual(ceilingMs + 2);
    }
  });

  test("over and over as soon as it is up is not dialled in a tight loop", async () => {
    const f = new Fixture();
    let dials = 0;
    f.serve({
      onOpen: () => {
        dials++;
        f.time.after(1, () => f.network.break("a", "b"));
      },
    });
    await f.up();
    await f.time.run(10_000);
    expect(dials).toBeLessThan(20);
  });

  test("comes back in the same way for the same seed", async () => {
    const run = async (seed: number): Promise<string> => {
      const f = await new Fixture({ seed }).serve().up();
      f.stop();
      let log = "";
      for (let i = 0; i < 500; i++) {
        await f.time.run(1);
        log += f.states.splice(0).map((state) => `${i} ${state}\n`);
      }
      return log;
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });
});

describe("a peer that says nothing", () => {
  test("an attempt that gets no hello is given up after its deadline, and a fresh one made [trap 30]", async () => {
    const f = new Fixture().serve();
    f.network.hold("b", "a");
    const call = f.call("hi", 10_000);
    await f.time.run(2001);
    expect(f.states.at(-1)).toBe("down: no answer from b within 2000 ms");
    await f.time.run(100);
    expect(f.link.state).toBe("connecting");
    f.network.release("b", "a");
    await f.time.run(100);
    expect(call.outcome).toBe("HI");
    expect(f.network.sessions).toBe(1); // the stuck ones are closed
  });

  test("a call that waits for the connection ends at its own deadline as not sent", async () => {
    const f = new Fixture();
    f.network.hold("a", "b");
    const call = f.call("hi", 300);
    await f.time.run(299);
    expect(call.outcome).toBe("pending");
    await f.time.run(2);
    expect(call.outcome).toBe("notSent: not sent within 300 ms: no connection to b: dialling b");
    expect(f.link.queued).toBe(0);
  });

  test("a half-open session is broken after the time of silence", async () => {
    const f = await new Fixture().serve().up();
    f.network.hang("a", "b");
    const call = f.call("hi", 60_000);
    await f.time.run(3900);
    expect(f.link.state).toBe("up");
    await f.time.run(1000);
    expect(call.outcome).toBe("lost: b was silent for 4000 ms");
    expect(f.link.state).toBe("up"); // a fresh session
  });

  test("heartbeats alone keep a session, and each is an arrival for the failure detector", async () => {
    const f = await new Fixture().serve().up();
    const before = f.arrivals;
    await f.time.run(20_000);
    expect(f.states).toHaveLength(2);
    expect(f.arrivals - before).toBeGreaterThanOrEqual(39);
  });

  test("a stall of this process is not taken for the peer's silence", async () => {
    const f = await new Fixture().serve().up();
    await f.time.run(400);
    f.stalledMs = 10_000;
    await f.time.run(5000);
    expect(f.states).toHaveLength(2);
  });
});

describe("a peer that refuses", () => {
  test("leaves the link down with its reason, and calls unsent", async () => {
    const f = new Fixture();
    const greet = () => ({
      hello: { name: "b", refused: "another cluster" },
      refused: "another cluster",
    });
    f.serve({ greet });
    const call = f.call("hi", 500);
    await f.time.run(600);
    expect(f.states[1]).toBe("down: another cluster");
    expect(call.outcome).toMatch(/^notSent: not sent within 500 ms: no connection to b: /);
    expect(f.asked).toEqual([]);
    expect(f.server.sessions).toEqual([]);
  });
});

describe("the owner of a link", () => {
  test("may move it: the old session's calls are lost, the next go to the new address", async () => {
    const f = new Fixture();
    f.serve({ handle: () => new Promise(() => {}) });
    await f.up();
    const old = f.call("old", 5000);
    await f.time.run(10);
    f.serve({ at: "c" });
    f.link.readdress("c");
    const next = f.call("new", 5000);
    await f.time.run(10);
    expect([old.outcome, next.outcome]).toEqual(["lost: the peer moved to c", "NEW"]);
  });

  test("may cut a backoff short", async () => {
    const f = new Fixture({ limits: { backoffMs: 60_000, backoffMaxMs: 60_000 } });
    await f.up();
    expect(f.link.state).toBe("down");
    f.serve();
    f.link.connect();
    await f.time.run(10);
    expect(f.link.state).toBe("up");
  });

  test("may close it: what waits is not sent, what is in flight is lost, and no timer stays", async () => {
    const f = new Fixture({ limits: { inFlightMax: 1 } });
    f.serve({ handle: () => new Promise(() => {}) });
    await f.up();
    const calls = ["one", "two"].map((say) => f.call(say, 5000));
    await f.time.run(10);
    f.link.close("shutting down");
    const after = f.call("three");
    await f.time.run(10);
    expect([...calls, after].map(({ outcome }) => outcome)).toEqual([
      "lost: shutting down",
      "notSent: shutting down",
      "notSent: shutting down",
    ]);
    expect(f.network.sessions).toBe(0);
    expect(f.time.nextMs).toBe(Number.POSITIVE_INFINITY);
  });
});
