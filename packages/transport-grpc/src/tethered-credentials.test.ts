import { readFileSync } from "node:fs";
import { credentials, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { Cable } from "../test/cable.ts";
import { linkTo, merge, TestNode } from "../test/node.ts";
import { until } from "../test/until.ts";
import { kvClient } from "./unary-client.ts";

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

const file = (name: string): Buffer =>
  readFileSync(new URL(`../test/tls/localhost-${name}.pem`, import.meta.url));
const certificate = file("certificate");

/** By name, because TLS knows no server names that are addresses. */
const named = (address: string): string => address.replace("127.0.0.1", "localhost");

/** A node that speaks TLS, and a cable to it. */
async function secureNode(): Promise<{ address: string; cable: Cable }> {
  const node = new TestNode({
    credentials: ServerCredentials.createSsl(null, [
      { private_key: file("key"), cert_chain: certificate },
    ]),
  });
  const address = await node.listen();
  const cable = await Cable.to(() => address);
  cleanup.push(
    () => node.stop(),
    () => cable.close(),
  );
  return { address, cable };
}

describe("with credentials for TLS", () => {
  test("links and unary clients work, and those without are turned away", async () => {
    const { address } = await secureNode();
    const secure = credentials.createSsl(certificate);
    const link = linkTo(named(address), { credentials: secure });
    const client = kvClient(named(address), { credentials: secure });
    const plain = kvClient(address, { timeoutMs: 500 });
    cleanup.push(
      () => link.close(),
      () => client.close(),
      () => plain.close(),
    );
    expect(await link.call(merge(new Uint8Array(10)), 10_000)).toMatchObject({ type: "reply" });
    expect(await client.getTopology({})).toMatchObject({ type: "ok" });
    expect(await plain.getTopology({})).toMatchObject({ type: "failed" });
  });

  test("a connection that is stuck in its handshake is cut, and a later one works", async () => {
    const { cable } = await secureNode();
    cable.deafen(true);
    const link = linkTo(named(cable.address), {
      credentials: credentials.createSsl(certificate),
      limits: { connectTimeoutMs: 100, backoffMaxMs: 50 },
    });
    cleanup.push(() => link.close());
    const call = link.call(merge(new Uint8Array(10)), 10_000);
    await until(() => cable.taken >= 3, "several attempts");
    cable.deafen(false);
    expect(await call).toMatchObject({ type: "reply" });
    await until(() => cable.open === 1, "the stuck connections to be closed");
  });
});

describe("without", () => {
  test("closing a client that is still connecting leaves no connection behind", async () => {
    const cable = await Cable.to(() => undefined);
    cleanup.push(() => cable.close());
    const client = kvClient(cable.address);
    const call = client.getTopology({}, { timeoutMs: 200 });
    await until(() => cable.open === 1, "the connection");
    client.close();
    await call;
    await until(() => cable.open === 0, "the connection to be closed");
  });
});
