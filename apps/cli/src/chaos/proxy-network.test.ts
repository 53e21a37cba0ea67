import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { platform } from "node:process";
import { afterEach, describe, expect, test } from "vitest";
import { ProxyNetwork } from "./proxy-network.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Answers each line with the same line. */
async function echoServer(): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A process of its own that dials and sends what it is told; its answers. */
function dialler(address: string) {
  const [, port] = address.split(":");
  const script = `
    const socket = require("node:net").connect(${port}, "127.0.0.1");
    process.stdin.pipe(socket);
    socket.pipe(process.stdout);
    socket.on("error", () => {});
    socket.on("close", () => process.stdout.write("closed"));`;
  const child = spawn(process.execPath, ["-e", script]);
  ends.push(() => child.kill("SIGKILL"));
  let heard = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  return {
    pid: child.pid!,
    say: (text: string) => child.stdin.write(text),
    heard: () => heard,
    hears: (text: string) => expect.poll(() => heard, { timeout: 20_000 }).toBe(text),
  };
}

const REST_MS = 150;
const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));

describe.skipIf(platform !== "linux")("the network between processes behind proxies", () => {
  async function pair() {
    let pid: number | undefined;
    const network = await ProxyNetwork.open([
      { id: "n1", port: await echoServer(), pid: () => undefined },
      { id: "n2", port: await echoServer(), pid: () => pid },
    ]);
    ends.push(() => network.close());
    const n2 = dialler(network.addressOf("n1"));
    pid = n2.pid;
    n2.say("a");
    await n2.hears("a");
    return { network, n2 };
  }

  test("a cut holds what one side sends, tells nobody, and lets it through when it heals", async () => {
    const { network, n2 } = await pair();
    network.cut("n2", "n1");
    n2.say("b");
    await rest();
    expect(n2.heard()).toBe("a");
    network.heal();
    await n2.hears("ab");
  });

  test("a cut the other way holds the answers", async () => {
    const { network, n2 } = await pair();
    network.cut("n1", "n2");
    n2.say("b");
    await rest();
    expect(n2.heard()).toBe("a");
    network.heal();
    await n2.hears("ab");
  });

  test("a cut between nodes does not touch clients", async () => {
    const { network } = await pair();
    network.cut("n2", "n1");
    network.cut("n1", "n2");
    const port = Number(network.addressOf("n1").split(":")[1]);
    const client = connect(port, "127.0.0.1");
    ends.push(() => client.destroy());
    client.write("c");
    const [answer] = await once(client, "data");
    expect(String(answer)).toBe("c");
  });

  test("a reset ends the connections of the two", async () => {
    const { network, n2 } = await pair();
    network.reset("n1", "n2");
    await n2.hears("aclosed");
  });

  test("what is slow arrives late, and in order", async () => {
    const { network, n2 } = await pair();
    network.slow("n2", REST_MS);
    const beganMs = performance.now();
    n2.say("b");
    n2.say("c");
    await n2.hears("abc");
    expect(performance.now() - beganMs).toBeGreaterThan(2 * REST_MS - 20);
  });
});
