import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestNode } from "../test/node.ts";
import { until } from "../test/until.ts";
import { GrpcServer } from "./grpc-server.ts";
import { kvClient } from "./unary-client.ts";

const run = promisify(execFile);

/** A client that knows nothing of us but the address. */
async function bufCurl(...args: string[]): Promise<string> {
  const buf = new URL("../node_modules/.bin/buf", import.meta.url).pathname;
  const { stdout } = await run(
    buf,
    ["curl", "--http2-prior-knowledge", "--protocol", "grpc", ...args],
    { timeout: 20_000 },
  );
  return stdout;
}

describe("for clients that bring no .proto files", () => {
  const node = new TestNode();
  let url: string;
  beforeAll(async () => {
    url = `http://${await node.listen()}`;
    node.server.setServing(true);
  });
  afterAll(() => node.stop());

  test("reflection lists the services and their methods", async () => {
    expect((await bufCurl("--list-services", url)).trim().split("\n").sort()).toEqual([
      "coterie.v1.KvService",
      "coterie.v1.ReplicaService",
      "grpc.health.v1.Health",
    ]);
    const methods = await bufCurl("--list-methods", url);
    expect(methods).toContain("coterie.v1.KvService/GetTopology");
    expect(methods).toContain("coterie.v1.ReplicaService/Exchange");
  });

  test.each(["grpc-v1", "grpc-v1alpha"])(
    "a call is built from %s reflection alone",
    async (protocol) => {
      const flags = ["--reflect", "--reflect-protocol", protocol];
      const data = JSON.stringify({ bucket: "b", key: "aw==", value: "dg==" });
      const put = await bufCurl(...flags, "-d", data, `${url}/coterie.v1.KvService/Put`);
      expect(JSON.parse(put)).toEqual({ context: "dg==" });
    },
  );

  test("a bidirectional method answers what was asked before the caller ended its half", async () => {
    const flags = [
      "--reflect",
      "-d",
      '{"hello":{"name":"buf"}}{"requests":[{"id":5,"topology":{}}]}',
    ];
    const out = await bufCurl(...flags, `${url}/coterie.v1.KvService/Connect`);
    expect(out.replace(/\s/g, "")).toBe(
      '{"hello":{"nodeId":"a"}}{"responses":[{"id":5,"topology":{"epoch":7}}]}',
    );
  });

  test("health is answered for the server and for each service", async () => {
    const check = async (service: string): Promise<string> =>
      JSON.parse(
        await bufCurl(
          "--reflect",
          "-d",
          JSON.stringify({ service }),
          `${url}/grpc.health.v1.Health/Check`,
        ),
      ).status;
    expect(await check("")).toBe("SERVING");
    node.server.setServing(false);
    expect(await check("coterie.v1.KvService")).toBe("NOT_SERVING");
  });
});

describe("binding", () => {
  test("port 0 takes a free port and says which", async () => {
    const server = new GrpcServer();
    expect(server.address).toBeUndefined();
    const bound = await server.bind("127.0.0.1:0");
    expect(bound).toEqual({
      type: "bound",
      address: expect.stringMatching(/^127\.0\.0\.1:\d{4,5}$/),
    });
    expect(server.address).toBe(bound.type === "bound" && bound.address);
    server.stop();
  });

  test("a port in use is named, with what to do", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    expect(await new GrpcServer().bind(`127.0.0.1:${port}`)).toEqual({
      type: "failed",
      reason: `port ${port} on 127.0.0.1 is already in use: stop the process that listens there (\`ss -ltnp 'sport = :${port}'\` names it) or choose another port`,
    });
    other.close();
  });

  test.each([
    ["192.0.2.1:7001", /^192\.0\.2\.1 is no address of this machine/],
    ["no-such-host.invalid:7001", /^"no-such-host\.invalid" cannot be resolved/],
    ["7001", /^"7001" is no address to listen on: use host:port/],
    ["127.0.0.1:70000", /is no address to listen on/],
    ["::1:7001", /is no address to listen on.*\[::1\]:7001/],
  ])("%s is refused in words", async (address, reason) => {
    expect(await new GrpcServer().bind(address)).toMatchObject({
      type: "failed",
      reason: expect.stringMatching(reason),
    });
  });
});

describe("the end of a server", () => {
  const pending = async (): Promise<{
    node: TestNode;
    call: Promise<unknown>;
    address: string;
  }> => {
    const node = new TestNode();
    const address = await node.listen();
    const client = kvClient(address);
    await client.getTopology({});
    const call = client.put({ key: new TextEncoder().encode("never") }, { timeoutMs: 10_000 });
    await until(() => node.unanswered === 1, "the call to arrive");
    return { node, call, address };
  };

  test("an idle one drains at once and refuses connections after", async () => {
    const node = new TestNode();
    const address = await node.listen();
    const client = kvClient(address);
    await client.getTopology({});
    expect(await node.server.drain(5000)).toBe(true);
    expect(await client.getTopology({}, { timeoutMs: 1000 })).toMatchObject({ type: "failed" });
    client.close();
  });

  test("a call that does not end is cut when the time is up", async () => {
    const { node, call } = await pending();
    expect(await node.server.drain(100)).toBe(false);
    expect(await call).toMatchObject({ type: "failed" });
  });

  test("a forced stop cuts at once, and the port is free", async () => {
    const { node, call, address } = await pending();
    node.stop();
    expect(await call).toMatchObject({ type: "failed" });
    const next = new TestNode();
    await until(
      async () => (await next.server.bind(address)).type === "bound",
      "the port to be free",
    );
    next.stop();
  });
});
