import { describe, expect, test } from "vitest";
import type { Call, Hello } from "../test/fixture.ts";
import { Fixture, type Reply } from "../test/fixture.ts";
import type { Channel, InFrame, OutFrame } from "./ports.ts";

/** A dialling end that is driven frame by frame, for what a link never does. */
function rawEnd(f: Fixture) {
  const frames: InFrame<Hello, Reply>[] = [];
  const closes: string[] = [];
  const channel: Channel<OutFrame<Hello, Call>> = f.network
    .dialer<OutFrame<Hello, Call>, InFrame<Hello, Reply>>("raw")
    .dial("b", {
      frame: (frame) => void frames.push(frame),
      closed: (reason) => void closes.push(reason),
    });
  const send = (frame: Partial<OutFrame<Hello, Call>>): void =>
    channel.send({ requests: [], ...frame }, () => {});
  return { channel, frames, closes, send };
}

const numbered = (from: number, count: number): Call[] =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, timeoutMs: 1000, say: "x" }));

describe("hello", () => {
  test("a session without one is closed in time, and one that begins with something else at once", async () => {
    const f = new Fixture().serve();
    const silent = rawEnd(f);
    const rude = rawEnd(f);
    rude.send({ requests: numbered(1, 1) });
    await f.time.run(10);
    expect(rude.closes).toEqual(["its first frame carries no hello"]);
    await f.time.run(5000);
    expect(silent.closes).toEqual(["no hello within 5000 ms"]);
    expect(f.asked).toEqual([]);
  });

  test("a refused one gets the hello with the refusal, then the close, and its calls are not carried out", async () => {
    const f = new Fixture().serve({
      greet: (theirs) => ({
        hello: { name: "b", refused: `no ${theirs.name}` },
        refused: "refused",
      }),
    });
    const end = rawEnd(f);
    end.send({ hello: { name: "z" }, requests: numbered(1, 1) });
    await f.time.run(10);
    expect(end.frames).toEqual([{ hello: { name: "b", refused: "no z" }, responses: [] }]);
    expect(end.closes).toEqual(["refused"]);
    expect(f.asked).toEqual([]);
  });

  test("calls may come in the same frame", async () => {
    const f = new Fixture().serve();
    const end = rawEnd(f);
    end.send({ hello: { name: "z" }, requests: numbered(1, 2) });
    await f.time.run(10);
    expect(end.frames[1]?.responses).toEqual([
      { id: 1, say: "X" },
      { id: 2, say: "X" },
    ]);
  });
});

describe("handling", () => {
  test("replies go back in the order in which they are ready, those of one turn in one frame", async () => {
    const f = new Fixture();
    const wait = (ms: number): Promise<void> => new Promise((resolve) => f.time.after(ms, resolve));
    f.serve({
      handle: async (asked) => {
        await wait(asked.id === 1 ? 50 : 20);
        return { id: 0, say: "done" };
      },
    });
    const end = rawEnd(f);
    end.send({ hello: { name: "z" }, requests: numbered(1, 3) });
    await f.time.run(100);
    expect(end.frames.slice(1).map(({ responses }) => responses.map(({ id }) => id))).toEqual([
      [2, 3],
      [1],
    ]);
  });

  test("the handler learns the deadline, or the default one of a call that brings none", async () => {
    const deadlines: number[] = [];
    const f = new Fixture().serve({
      handle: (_call, { deadlineMs }) => {
        deadlines.push(deadlineMs);
        return { id: 0, say: "" };
      },
    });
    const end = rawEnd(f);
    await f.time.run(100);
    end.send({
      hello: { name: "z" },
      requests: [
        { id: 1, timeoutMs: 250, say: "" },
        { id: 2, timeoutMs: 0, say: "" },
      ],
    });
    await f.time.run(10);
    expect(deadlines).toEqual([350, 5100]);
  });

  test("a handler that throws is answered as failed, and told to the owner", async () => {
    const faults: unknown[] = [];
    const f = new Fixture().serve({
      handle: () => {
        throw new Error("a bug");
      },
      onFault: (error) => void faults.push(error),
    });
    const call = f.call("hi");
    await f.time.run(10);
    expect(call.outcome).toBe("failed: the handler of this call failed");
    expect(faults).toEqual([new Error("a bug")]);
  });

  test("a reply that is too large is replaced by a rejection; the session lives on", async () => {
    const f = new Fixture().serve({
      bounds: { replyBytesMax: 100 },
      handle: (asked) => ({ id: 0, say: "y".repeat(Number(asked.say)) }),
    });
    const calls = [f.call("100"), f.call("101")];
    await f.time.run(10);
    expect(calls.map(({ outcome }) => outcome)).toEqual([
      "y".repeat(100),
      "tooLarge: the reply takes about 101 bytes, the limit is 100",
    ]);
    expect(f.states).toHaveLength(2);
  });
});

describe("a session that gets ahead", () => {
  test("is not read further at so many calls in flight, and again at half of that", async () => {
    const f = new Fixture();
    const waiting: ((reply: Reply) => void)[] = [];
    f.serve({
      bounds: { inFlightMax: 8 },
      handle: () => new Promise<Reply>((resolve) => void waiting.push(resolve)),
    });
    const end = rawEnd(f);
    end.send({ hello: { name: "z" } });
    for (let i = 0; i < 10; i++) end.send({ requests: numbered(1 + 4 * i, 4) });
    await f.time.run(10);
    expect(f.asked).toHaveLength(8);
    for (const answer of waiting.splice(0, 3)) answer({ id: 0, say: "" });
    await f.time.run(10);
    expect(f.asked).toHaveLength(8);
    for (const answer of waiting.splice(0, 1)) answer({ id: 0, say: "" });
    await f.time.run(10);
    expect(f.asked).toHaveLength(12 - 0);
  });

  test("is bounded in bytes, calls and replies together", async () => {
    const f = new Fixture();
    f.serve({ bounds: { heldBytesMax: 100 }, handle: () => new Promise(() => {}) });
    const end = rawEnd(f);
    end.send({ hello: { name: "z" } });
    for (let id = 1; id < 9; id++) {
      end.send({ requests: [{ id, timeoutMs: 1000, say: "x".repeat(40) }] });
    }
    await f.time.run(10);
    expect(f.asked).toHaveLength(3);
  });

  test("and reads none of its replies fills its own bound and no more", async () => {
    const f = new Fixture().serve({ bounds: { inFlightMax: 16 } });
    const end = rawEnd(f);
    end.send({ hello: { name: "z" } });
    await f.time.run(10);
    end.channel.pause();
    for (let i = 0; i < 100; i++) {
      end.send({ requests: numbered(1 + i, 1) });
      await f.time.run(1);
    }
    expect(f.server.sessions[0]?.inFlight).toBe(16);
    expect(f.asked.length).toBeLessThan(25);
    end.channel.resume();
    await f.time.run(10);
    expect(f.asked).toHaveLength(100);
  });

  test("is not taken for silent while it is not read", async () => {
    const f = new Fixture();
    let answer: (reply: Reply) => void = () => {};
    f.serve({
      bounds: { inFlightMax: 1 },
      handle: () => new Promise<Reply>((resolve) => (answer = resolve)),
    });
    await f.up();
    const call = f.call("slow", 60_000);
    await f.time.run(30_000);
    answer({ id: 0, say: "at last" });
    await f.time.run(10);
    expect(call.outcome).toBe("at last");
    expect(f.states).toHaveLength(2);
  });
});

describe("the end of a session", () => {
  test("a dialling end that died without a word is closed after the time of silence", async () => {
    const f = new Fixture();
    const closes: string[] = [];
    f.serve({ onClose: (session, reason) => void closes.push(`${session.peer.name}: ${reason}`) });
    await f.up();
    f.network.hang("a", "b");
    f.link.close();
    await f.time.run(4600);
    expect(closes).toEqual(["a: silent for 4000 ms"]);
    expect(f.server.sessions).toEqual([]);
  });

  test("draining answers what is in flight, rejects what comes later, then closes", async () => {
    const f = new Fixture();
    const waiting: ((reply: Reply) => void)[] = [];
    f.serve({ handle: () => new Promise<Reply>((resolve) => void waiting.push(resolve)) });
    await f.up();
    const early = f.call("early");
    await f.time.run(10);
    let drained = false;
    void f.server.drain("the node is draining", 5000).then(() => (drained = true));
    const late = f.call("late");
    await f.time.run(10);
    expect(late.outcome).toBe("draining: the node is draining");
    expect(drained).toBe(false);
    waiting[0]?.({ id: 0, say: "done" });
    await f.time.run(10);
    expect([early.outcome, drained]).toEqual(["done", true]);
    expect(f.states).toContain("down: the node is draining");
    await f.time.run(2000);
    expect(f.link.state).not.toBe("up"); // a drained server takes no new session
  });

  test("a dialling end that ends its half and reads on is answered, then closed", async () => {
    const f = new Fixture();
    let answer: (reply: Reply) => void = () => {};
    f.serve({
      handle: () =>
        new Promise<Reply>((resolve) => {
          answer = resolve;
        }),
    });
    const sent: InFrame<Hello, Reply>[] = [];
    const closes: string[] = [];
    const events = f.server.accept(
      {
        send: (frame, written) => {
          sent.push(frame);
          f.time.endOfTurn(written);
        },
        pause: () => {},
        resume: () => {},
        close: (reason) => void closes.push(reason),
      },
      "z",
    );
    events.frame({ hello: { name: "z" }, requests: numbered(1, 1) });
    events.ended?.();
    await f.time.run(10);
    expect(closes).toEqual([]);
    answer({ id: 0, say: "done" });
    await f.time.run(10);
    expect(sent[1]?.responses).toEqual([{ id: 1, say: "done" }]);
    expect(closes).toEqual(["the other end has ended the session"]);
  });

  test("draining ends at its time limit, whatever is in flight", async () => {
    const f = new Fixture().serve({ handle: () => new Promise(() => {}) });
    await f.up();
    const call = f.call("stuck", 60_000);
    await f.time.run(10);
    let drained = false;
    void f.server.drain("the node is draining", 500).then(() => (drained = true));
    await f.time.run(510);
    expect([call.outcome, drained]).toEqual(["lost: the node is draining", true]);
  });

  test("an idle server is drained at once, and leaves no timer behind", async () => {
    const f = await new Fixture().serve().up();
    f.link.close();
    await f.time.run(10);
    await f.server.drain("done", 60_000);
    expect(f.time.nextMs).toBe(Number.POSITIVE_INFINITY);
  });
});
