import { VirtualTime } from "@coterie/core/testing";
import { describe, expect, test } from "vitest";
import type { Channel, ChannelEvents } from "../ports.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { type TransportHarness, transportContract } from "./transport-contract.ts";

async function harness(): Promise<TransportHarness<{ tag: number }, { tag: number }>> {
  const time = new VirtualTime();
  const network = new MemoryNetwork({ time });
  return {
    dialer: network.dialer("near"),
    listen: async (listener) => {
      network.listen("far", listener);
      return "far";
    },
    deadAddress: "nowhere",
    outFrame: (tag) => ({ tag }),
    outTag: ({ tag }) => tag,
    inFrame: (tag) => ({ tag }),
    inTag: ({ tag }) => tag,
    until: async (condition, what) => {
      for (let ms = 0; ms < 1000 && !condition(); ms++) await time.run(1);
      if (!condition()) throw new Error(`waited in vain for ${what}`);
    },
    settle: () => time.run(10),
    close: async () => {},
  };
}

describe("the memory network keeps the promises of a transport", () => {
  for (const { title, run } of transportContract(harness)) test(title, run);
});

/** One session from "a" to "b": what each end got, and when. */
function session() {
  const time = new VirtualTime();
  const network = new MemoryNetwork({ time });
  const log: string[] = [];
  const events = (end: string): ChannelEvents<unknown> => ({
    frame: (frame) => void log.push(`${time.monotonicMs()} ${end} ${JSON.stringify(frame)}`),
    closed: (reason) => void log.push(`${time.monotonicMs()} ${end} closed: ${reason}`),
  });
  let far: Channel<unknown> | undefined;
  const listening = network.listen("b", {
    accept: (channel) => {
      far = channel;
      return events("b");
    },
  });
  const near = network.dialer("a").dial("b", events("a"));
  time.advance(1);
  return { time, network, log, near, far: far!, listening };
}

describe("the verbs", () => {
  test("delay: each direction has its own, and order is kept when it shrinks", () => {
    const { time, network, log, near, far } = session();
    network.delay("a", "b", 50);
    near.send(1, () => {});
    network.delay("a", "b", 10);
    near.send(2, () => {});
    far.send(3, () => {});
    time.advance(100);
    expect(log).toEqual(["1 a 3", "51 b 1", "51 b 2"]);
  });

  test("hold and release: one direction waits, and arrives in order", () => {
    const { time, network, log, near, far } = session();
    network.hold("a", "b");
    near.send(1, () => {});
    near.send(2, () => {});
    far.send(3, () => {});
    time.advance(100);
    expect(log).toEqual(["1 a 3"]);
    network.release("a", "b");
    time.advance(1);
    expect(log.slice(1)).toEqual(["101 b 1", "101 b 2"]);
  });

  test("hold keeps the news of a close as well", () => {
    const { time, network, log, near } = session();
    network.hold("a", "b");
    near.close("enough");
    time.advance(100);
    expect([log, network.sessions]).toEqual([[], 1]);
    network.release("a", "b");
    time.advance(1);
    expect([log, network.sessions]).toEqual([["101 b closed: enough"], 0]);
  });

  test("hang: the session carries nothing more and nobody is told; a new one works", () => {
    const { time, network, log, near, far } = session();
    network.hang("b", "a");
    near.send(1, () => {});
    far.send(2, () => {});
    near.close("gone");
    time.advance(10_000);
    expect(log).toEqual([]);
    const again = network.dialer("a").dial("b", { frame: () => {}, closed: () => {} });
    again.send("fresh", () => {});
    time.advance(1);
    expect(log).toEqual(['10001 b "fresh"']);
  });

  test("break: both ends are told, and what was under way is gone", () => {
    const { time, network, log, near } = session();
    network.delay("a", "b", 50);
    near.send(1, () => {});
    network.break("a", "b", "reset");
    time.advance(100);
    expect(log.sort()).toEqual(["1 a closed: reset", "1 b closed: reset"]);
    expect(network.sessions).toBe(0);
  });

  test("a listener that closes breaks its sessions, and later dials find nothing", () => {
    const { time, network, log, listening } = session();
    listening.close();
    time.advance(1);
    expect(log.sort()).toEqual(["1 a closed: b has stopped", "1 b closed: b has stopped"]);
    const told: string[] = [];
    network.dialer("a").dial("b", { frame: () => {}, closed: (reason) => void told.push(reason) });
    time.advance(1);
    expect(told).toEqual(["nothing listens at b"]);
  });

  test("a frame is copied when it is sent: neither end can change what the other holds", () => {
    const { time, log, near } = session();
    const frame = { bytes: new Uint8Array([1]), list: [{ n: 1 }] };
    near.send(frame, () => {});
    frame.bytes[0] = 9;
    frame.list[0]!.n = 9;
    time.advance(1);
    expect(log).toEqual(['1 b {"bytes":{"0":1},"list":[{"n":1}]}']);
  });
});
