import { describe, expect, test } from "vitest";
import { Fixture } from "../test/fixture.ts";

/** A link with a circuit at its defaults, to a server that listens or does not. */
function withCircuit(): Fixture {
  return new Fixture({ circuit: {} });
}

describe("without a session", () => {
  test("calls to a peer that was never there wait a moment, and are then refused at once", async () => {
    const f = withCircuit();
    f.link.connect();
    const early = f.call("early", 5000);
    await f.time.run(900);
    expect(early.outcome).toBe("pending");
    await f.time.run(110);
    expect(early.outcome).toMatch(/^notSent: b is not asked at present/);
    const later = f.call("later", 5000);
    await f.time.run(0);
    expect(later.outcome).toMatch(/^notSent/);
    expect(f.link.refusesCalls).toBe(true);
  });

  test("a peer that starts within its grace gets the calls that waited", async () => {
    const f = withCircuit();
    f.link.connect();
    const early = f.call("early", 5000);
    await f.time.run(100);
    f.serve();
    await f.time.run(900);
    expect(early.outcome).toBe("EARLY");
  });

  test("a broken session that the next attempt mends refuses nothing", async () => {
    const f = await withCircuit().serve().up();
    f.network.break("a", "b");
    await f.time.run(1);
    const waiting = f.call("waiting", 5000);
    await f.time.run(200);
    expect(waiting.outcome).toBe("WAITING");
    expect(f.circuit).toEqual([]);
  });

  test("a broken session whose next attempt is refused opens it, long before any deadline", async () => {
    const f = await withCircuit().serve().up();
    f.stop();
    await f.time.run(1);
    const waiting = f.call("waiting", 5000);
    await f.time.run(100);
    expect(waiting.outcome).toMatch(/^notSent/);
  });

  test("a broken session whose next attempt hangs opens it after its grace", async () => {
    const f = await withCircuit().serve().up();
    f.network.hold("a", "b");
    f.network.break("a", "b");
    await f.time.run(200);
    expect(f.link.refusesCalls).toBe(false);
    await f.time.run(100);
    expect(f.link.state).toBe("connecting");
    expect(f.link.refusesCalls).toBe(true);
  });

  test("each attempt is a probe: the hello that answers it closes the circuit", async () => {
    const f = await withCircuit().serve().up();
    f.stop();
    await f.time.run(3000);
    f.serve();
    await f.time.run(1100);
    expect(f.circuit.slice(0, 3)).toEqual(["open", "halfOpen", "open"]);
    expect(f.circuit.slice(-2)).toEqual(["halfOpen", "closed"]);
    const after = f.call("after");
    await f.time.run(5);
    expect(after.outcome).toBe("AFTER");
  });

  test("urgent calls pass an open circuit: they wait for the connection as ever", async () => {
    const f = await withCircuit().serve().up();
    f.stop();
    await f.time.run(1000);
    const urgent = f.call("urgent", 5000, true);
    f.serve();
    await f.time.run(1100);
    expect(urgent.outcome).toBe("URGENT");
  });
});

describe("with a session", () => {
  /** A server that beats and greets, and answers only when `answers`. */
  async function mute(): Promise<Fixture & { answers: boolean }> {
    const f = Object.assign(withCircuit(), { answers: false });
    f.serve({
      handle: (asked) =>
        f.answers ? { id: 0, say: asked.say.toUpperCase() } : new Promise(() => {}),
    });
    await f.up();
    return f;
  }

  test("five calls without a reply for two seconds open it, though the peer still beats", async () => {
    const f = await mute();
    for (let i = 0; i < 5; i++) f.call(`c${i}`, 10_000);
    await f.time.run(1900);
    expect(f.link.refusesCalls).toBe(false);
    await f.time.run(200);
    expect(f.link.state).toBe("up");
    expect(f.link.refusesCalls).toBe(true);
  });

  test("five calls in a row that nobody answered in time open it sooner", async () => {
    const f = await mute();
    for (let i = 0; i < 5; i++) f.call(`c${i}`, 200);
    await f.time.run(250);
    expect(f.link.refusesCalls).toBe(true);
  });

  test("four calls prove nothing, and a reply between others begins the count anew", async () => {
    const f = await mute();
    for (let i = 0; i < 4; i++) f.call(`c${i}`, 200);
    await f.time.run(3000);
    expect(f.link.refusesCalls).toBe(false);
    f.answers = true;
    f.call("answered", 200);
    await f.time.run(50);
    f.answers = false;
    for (let i = 0; i < 4; i++) f.call(`d${i}`, 200);
    await f.time.run(3000);
    expect(f.link.refusesCalls).toBe(false);
  });

  test("calls that were sent before the last reply prove nothing when they are lost", async () => {
    const f = await mute();
    for (let i = 0; i < 10; i++) f.call(`old${i}`, 1_000);
    await f.time.run(900);
    f.answers = true;
    f.call("answered", 200);
    await f.time.run(20);
    f.answers = false;
    for (let i = 0; i < 5; i++) f.call(`new${i}`, 1_500);
    await f.time.run(500);
    expect(f.link.refusesCalls).toBe(false);
    await f.time.run(1_000);
    expect(f.link.refusesCalls).toBe(true);
  });

  test("then one call at a time tries it, and the first that is answered closes it", async () => {
    const f = await mute();
    for (let i = 0; i < 5; i++) f.call(`c${i}`, 200);
    await f.time.run(250);
    await f.time.run(600);
    f.asked.length = 0;
    for (let i = 0; i < 3; i++) f.call(`probe${i}`, 100);
    await f.time.run(150);
    expect(f.asked).toEqual(["probe0"]);
    f.answers = true;
    await f.time.run(600);
    f.call("good", 100);
    await f.time.run(20);
    f.call("better", 100);
    await f.time.run(20);
    expect(f.asked).toEqual(["probe0", "good", "better"]);
    expect(f.circuit.at(-1)).toBe("closed");
  });

  test("a late reply closes it as well", async () => {
    const f = withCircuit();
    const replies: (() => void)[] = [];
    f.serve({
      handle: (asked) =>
        new Promise((resolve) => replies.push(() => resolve({ id: 0, say: asked.say }))),
    });
    await f.up();
    for (let i = 0; i < 5; i++) f.call(`c${i}`, 200);
    await f.time.run(250);
    expect(f.link.refusesCalls).toBe(true);
    for (const reply of replies) reply();
    await f.time.run(20);
    expect(f.link.refusesCalls).toBe(false);
  });

  test("our own stall is no evidence against the peer", async () => {
    const f = await mute();
    for (let i = 0; i < 5; i++) f.call(`c${i}`, 60_000);
    await f.time.run(100);
    f.stalledMs += 10_000;
    await f.time.run(600);
    expect(f.link.refusesCalls).toBe(false);
  });
});

test("a link without a circuit lets calls wait to their deadlines", async () => {
  const f = new Fixture();
  f.link.connect();
  const waiting = f.call("waiting", 3000);
  await f.time.run(2900);
  expect(waiting.outcome).toBe("pending");
  expect(f.link.refusesCalls).toBe(false);
});
