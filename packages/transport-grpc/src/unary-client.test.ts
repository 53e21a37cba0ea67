import { connect } from "node:net";
import { Error_Code as Code, KvService } from "@coterie/wire";
import { Client, credentials, type ServiceError, status as Status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cable } from "../test/cable.ts";
import { TestNode } from "../test/node.ts";
import { until } from "../test/until.ts";
import { MESSAGE_BYTES_MAX } from "./channel-options.ts";
import { GrpcServer } from "./grpc-server.ts";
import { kvClient } from "./unary-client.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("unary calls", () => {
  const node = new TestNode();
  let address: string;
  let client: ReturnType<typeof kvClient>;
  beforeAll(async () => {
    address = await node.listen();
    client = kvClient(address);
  });
  afterAll(() => {
    client.close();
    node.stop();
  });

  /** Sends bytes as they are, and tells how the call ended. */
  function raw(body: Uint8Array, method = "Put"): Promise<ServiceError | null> {
    const plain = new Client(address, credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
    });
    return new Promise((resolve) => {
      plain.makeUnaryRequest(
        `/coterie.v1.KvService/${method}`,
        (message: Uint8Array) => Buffer.from(message),
        (message) => message,
        body,
        (error) => {
          plain.close();
          resolve(error);
        },
      );
    });
  }

  test("carry messages both ways, byte fields as plain Uint8Array", async () => {
    const put = await client.put({ bucket: "b", key: bytes("k"), value: bytes("v") });
    expect(put).toMatchObject({ type: "ok", response: { context: bytes("v") } });
    const got = await client.get({ key: bytes("k") });
    if (got.type !== "ok") throw new Error(got.error.message);
    expect(got.response.siblings[0]?.value).toEqual(bytes("k"));
    expect(got.response.siblings[0]?.value.constructor).toBe(Uint8Array);
  });

  test("a handler that throws is told to the owner and, without its secrets, to the caller", async () => {
    const result = await client.put({ key: bytes("throw") });
    expect(result).toMatchObject({ type: "failed", status: Status.INTERNAL });
    if (result.type === "failed") expect(result.error.message).not.toContain("a bug");
    expect(node.faults).toEqual(["coterie.v1.KvService/Put: a bug"]);
  });

  test("each ends at its own deadline, in doubt", async () => {
    const result = await client.put({ key: bytes("never") }, { timeoutMs: 60 });
    expect(result).toMatchObject({ type: "failed", error: { code: Code.IN_DOUBT } });
  });

  test("protobuf that is cut short is answered INVALID_ARGUMENT with the reason", async () => {
    const error = await raw(Uint8Array.of(0x0a, 0x7f, 0x61));
    expect(error?.code).toBe(Status.INVALID_ARGUMENT);
    expect(error?.details).toMatch(/^not a coterie.v1.PutRequest: /);
    expect((await client.getTopology({})).type).toBe("ok");
  });

  test("a message above the limit is refused with RESOURCE_EXHAUSTED, before it is sent or after", async () => {
    const value = new Uint8Array(MESSAGE_BYTES_MAX + 1);
    const here = await client.put({ key: bytes("k"), value });
    expect(here).toMatchObject({
      type: "failed",
      status: Status.RESOURCE_EXHAUSTED,
      error: { code: Code.INVALID },
    });
    expect((await raw(value))?.code).toBe(Status.RESOURCE_EXHAUSTED);
    expect((await client.getTopology({})).type).toBe("ok");
  });

  test("a method that is not there is UNIMPLEMENTED", async () => {
    expect((await raw(new Uint8Array(), "Steal"))?.code).toBe(Status.UNIMPLEMENTED);
  });

  test("so is one that the server leaves out; the others may answer with plain objects", async () => {
    const partial = new GrpcServer().addService(KvService, {
      get: async () => ({ context: bytes("c") }),
    });
    const bound = await partial.bind("127.0.0.1:0");
    const other = kvClient(bound.type === "bound" ? bound.address : bound.reason);
    expect(await other.get({})).toMatchObject({
      type: "ok",
      response: { context: bytes("c"), siblings: [] },
    });
    expect(await other.put({})).toMatchObject({ type: "failed", status: Status.UNIMPLEMENTED });
    other.close();
    partial.stop();
  });

  test.each([
    ["random bytes", Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 13) % 256))],
    ["HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n")],
    [
      "an HTTP/2 preface and garbage",
      Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"x".repeat(500)}`),
    ],
    ["half a preface", Buffer.from("PRI * HT")],
  ])("%s on the port hurts nobody else", async (_title, garbage) => {
    const [host, port] = address.split(":");
    const socket = connect(Number(port), host);
    socket.on("error", () => {});
    await new Promise((resolve) => socket.write(garbage, resolve));
    expect((await client.getTopology({})).type).toBe("ok");
    socket.destroy();
    expect((await client.getTopology({})).type).toBe("ok");
  });
});

describe("a server that is not there", () => {
  test("nothing listens: unavailable, which is to say not done", async () => {
    const client = kvClient("127.0.0.1:1", { timeoutMs: 10_000 });
    const result = await client.put({ key: bytes("k") });
    expect(result).toMatchObject({
      type: "failed",
      error: { code: Code.UNAVAILABLE, message: "connect ECONNREFUSED 127.0.0.1:1" },
    });
    client.close();
  });

  test("it takes connections and never answers: the deadline ends the call, and a fresh connection replaces the stuck one [trap 30]", async () => {
    const node = new TestNode();
    const address = await node.listen();
    const cable = await Cable.to(() => address);
    cable.deafen(true);
    const client = kvClient(cable.address);
    const stuck = await client.put({ key: bytes("k") }, { timeoutMs: 100 });
    expect(stuck).toMatchObject({ type: "failed", status: Status.DEADLINE_EXCEEDED });
    cable.deafen(false);
    const next = await client.put({ key: bytes("k") }, { timeoutMs: 10_000 });
    expect(next.type).toBe("ok");
    await until(() => cable.open === 1, "the stuck connection to be closed");
    client.close();
    node.stop();
    await cable.close();
  });
});
