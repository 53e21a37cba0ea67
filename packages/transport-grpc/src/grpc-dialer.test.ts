import { create } from "@bufbuild/protobuf";
import { NodeHelloSchema, PeerReplySchema, ReplicaService } from "@coterie/wire";
import { Client, credentials, type ServiceError, status as Status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { Cable } from "../test/cable.ts";
import {
  echoed,
  linkTo,
  merge,
  type NodeLink,
  readResult,
  TestNode,
  type TestNodeOptions,
} from "../test/node.ts";
import { until } from "../test/until.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

async function node(
  address?: string,
  options: TestNodeOptions = {},
): Promise<{ node: TestNode; address: string }> {
  const started = new TestNode(options);
  cleanup.push(() => started.stop());
  return { node: started, address: await started.listen(address) };
}

function link(address: string, options: Parameters<typeof linkTo>[1] = {}): NodeLink {
  const made = linkTo(address, options);
  cleanup.push(() => made.close());
  return made;
}

async function up(made: NodeLink): Promise<NodeLink> {
  made.connect();
  await until(() => made.state === "up", "the link to be up");
  return made;
}

describe("a link over gRPC", () => {
  test("10,000 calls arrive once each, gathered into frames", async () => {
    const { node: b, address } = await node();
    const a = await up(link(address, { limits: { queuedMax: 10_000 } }));
    const results = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => a.call(merge(bytes(`row ${i}`)), 30_000)),
    );
    const rows = results.map((result) =>
      result.type === "reply" ? new TextDecoder().decode(echoed(result.reply)) : result.reason,
    );
    expect(rows).toEqual(Array.from({ length: 10_000 }, (_, i) => `row ${i}`));
    expect(b.frames.reduce((sum, calls) => sum + calls, 0)).toBe(10_000);
    expect(b.frames.filter((calls) => calls > 0).length).toBeLessThan(200);
  });

  test("values of 1 MiB, more at once than one message may hold, all arrive", async () => {
    const { node: b, address } = await node();
    const a = await up(link(address));
    const row = new Uint8Array(1024 * 1024).fill(7);
    const results = await Promise.all(Array.from({ length: 24 }, () => a.call(merge(row), 30_000)));
    for (const result of results) {
      expect(result.type === "reply" && echoed(result.reply)?.byteLength).toBe(row.byteLength);
    }
    expect(Math.max(...b.frames)).toBe(1);
  });

  test("a call that no message could hold is not sent, and costs the session nothing", async () => {
    const { address } = await node();
    const a = await up(link(address));
    const absurd = await a.call(merge(new Uint8Array(9 * 1024 * 1024)), 10_000);
    expect(absurd).toMatchObject({
      type: "notSent",
      reason: expect.stringMatching(/above the limit/),
    });
    expect(await a.call(merge(bytes("small")), 10_000)).toMatchObject({ type: "reply" });
    expect(a.state).toBe("up");
  });

  test("a reply that no message could hold is answered with an error instead", async () => {
    const { address } = await node(undefined, {
      handle: async () => readResult(new Uint8Array(9 * 1024 * 1024)),
    });
    const result = await (await up(link(address))).call(merge(bytes("x")), 10_000);
    expect(result).toMatchObject({ type: "reply", reply: { body: { case: "error" } } });
  });

  test("has a connection of its own: what happens to one link does nothing to another", async () => {
    const { address } = await node();
    const cable = await Cable.to(() => address);
    cleanup.push(() => cable.close());
    const a = await up(link(cable.address));
    const b = await up(link(cable.address));
    expect(cable.open).toBe(2);
    a.close();
    await until(() => cable.open === 1, "its connection to be closed");
    expect(await b.call(merge(bytes("x")), 10_000)).toMatchObject({ type: "reply" });
  });

  test("a peer that sends above the limit loses its session, and gets a new one", async () => {
    const { address } = await node();
    const reasons: string[] = [];
    const a = await up(
      link(address, {
        weigh: () => 0, // the link is blind to sizes here
        onState: (state, reason) => void reasons.push(`${state}: ${reason}`),
      }),
    );
    const result = await a.call(merge(new Uint8Array(9 * 1024 * 1024)), 10_000);
    expect(result).toMatchObject({ type: "lost", reason: expect.stringMatching(/larger than/) });
    await until(() => a.state === "up", "the link to come back");
  });
});

describe("a server that goes away", () => {
  test("and comes back at the same address has its link back soon, and what waited is sent", async () => {
    const first = await node();
    const a = await up(link(first.address));
    first.node.stop();
    await until(() => a.state === "down", "the link to notice");
    const waiting = a.call(merge(bytes("waiting")), 10_000);
    await until(() => /ECONNREFUSED/.test(a.reason), "some attempts in vain");
    await node(first.address);
    // The longest backoff is a second.
    await until(() => a.state === "up", "the link to come back", 3000);
    expect(await waiting).toMatchObject({ type: "reply" });
  });

  test("again and again never leaves a stuck channel behind", async () => {
    let { node: b, address } = await node();
    const a = await up(link(address));
    for (let round = 0; round < 5; round++) {
      b.stop();
      await until(() => a.state !== "up", "the link to notice");
      ({ node: b } = await node(address));
      await until(() => a.state === "up", "the link to come back", 2000);
    }
    expect(await a.call(merge(bytes("x")), 10_000)).toMatchObject({ type: "reply" });
  });

  test("in flight, calls are lost with the reason and not sent again", async () => {
    let asked = 0;
    const { node: b, address } = await node(undefined, {
      handle: () => {
        asked++;
        return new Promise(() => {});
      },
    });
    const a = await up(link(address));
    const call = a.call(merge(bytes("x")), 10_000);
    await until(() => asked === 1, "the call to arrive");
    b.stop();
    expect(await call).toMatchObject({ type: "lost" });
    expect(asked).toBe(1);
  });

  test("draining answers what it has, says that it drains, and leaves nothing open", async () => {
    let answer = (): void => {};
    const { node: b, address } = await node(undefined, {
      handle: () =>
        new Promise((resolve) => {
          answer = () => resolve(create(PeerReplySchema));
        }),
    });
    const reasons: string[] = [];
    const a = await up(link(address, { onState: (_state, reason) => void reasons.push(reason) }));
    const call = a.call(merge(bytes("x")), 10_000);
    await until(() => b.sessions.sessions[0]?.inFlight === 1, "the call to arrive");
    const drained = b.sessions.drain("the node is draining", 10_000);
    answer();
    expect(await call).toMatchObject({ type: "reply" });
    await drained;
    expect(await b.server.drain(5000)).toBe(true);
    await until(() => reasons.includes("the node is draining"), "the reason");
  });
});

describe("a server that does not answer", () => {
  test("takes connections and says nothing: attempts are given up and closed, and the first that works is kept [trap 30]", async () => {
    const { address } = await node();
    const cable = await Cable.to(() => address);
    cleanup.push(() => cable.close());
    cable.deafen(true);
    const a = link(cable.address, { limits: { connectTimeoutMs: 100, backoffMaxMs: 50 } });
    const call = a.call(merge(bytes("x")), 10_000);
    await until(() => cable.taken >= 4, "several attempts");
    expect(a.reason).toMatch(/^(dialling|no answer from)/);
    expect(cable.open).toBeLessThanOrEqual(2);
    cable.deafen(false);
    expect(await call).toMatchObject({ type: "reply" });
    await until(() => cable.open === 1, "the stuck connections to be closed");
  });

  test("a half-open connection is found by its silence, at both ends", async () => {
    const limits = { heartbeatMs: 40, silenceMs: 200 };
    const closes: string[] = [];
    const { address } = await node(undefined, {
      limits,
      onClose: (_session: unknown, reason: string) => void closes.push(reason),
    });
    const cable = await Cable.to(() => address);
    cleanup.push(() => cable.close());
    const a = await up(link(cable.address, { limits }));
    cable.hang();
    const call = a.call(merge(bytes("x")), 10_000);
    expect(await call).toMatchObject({
      type: "lost",
      reason: expect.stringMatching(/silent for 200 ms/),
    });
    await until(() => a.state === "up", "a fresh session");
    await until(() => closes.includes("silent for 200 ms"), "the server to notice");
    expect(await a.call(merge(bytes("y")), 10_000)).toMatchObject({ type: "reply" });
  });

  test("an address that is none leaves the link down with a sentence", async () => {
    const a = link("::::");
    a.connect();
    await until(() => a.state === "down", "the refusal");
    expect(a.reason.length).toBeGreaterThan(10);
  });
});

describe("a stream from someone else", () => {
  test("with a frame that is no message ends INVALID_ARGUMENT; other sessions go on", async () => {
    const { address } = await node();
    const a = await up(link(address));
    const client = new Client(address, credentials.createInsecure());
    cleanup.push(() => client.close());
    const stream = client.makeBidiStreamRequest(
      `/${ReplicaService.typeName}/Exchange`,
      (frame: Uint8Array) => Buffer.from(frame),
      (frame) => frame,
    );
    const ended = new Promise<ServiceError>((resolve) => stream.on("error", resolve));
    stream.on("data", () => {});
    stream.write(Uint8Array.of(0x0a, 0x7f, 0x61));
    const { code, details } = await ended;
    expect(code).toBe(Status.INVALID_ARGUMENT);
    expect(details).toMatch(/^not a coterie.v1.ExchangeRequest: /);
    expect(await a.call(merge(bytes("x")), 10_000)).toMatchObject({ type: "reply" });
  });

  test("that is refused hears why in the hello", async () => {
    const { address } = await node(undefined, {
      greet: () => ({
        hello: create(NodeHelloSchema, { refused: { message: "this is another cluster" } }),
        refused: "this is another cluster",
      }),
    });
    const a = link(address);
    const call = await a.call(merge(bytes("x")), 300);
    expect(call).toMatchObject({
      type: "notSent",
      reason: expect.stringMatching(/this is another cluster|dialling/),
    });
  });
});
