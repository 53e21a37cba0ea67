// Puts of about 128 bytes between two processes, by the three ways that gRPC offers.
import { fork } from "node:child_process";
import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import { PeerLink } from "@coterie/peer-session";
import { approximateBytes, type BindResult, GrpcDialer, kvClient } from "@coterie/transport-grpc";
import {
  ClientCallSchema,
  KvService,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  PeerCallSchema,
  type PeerReply,
  PutRequestSchema,
  ReplicaService,
} from "@coterie/wire";

const MEASURED_MS = Number(process.env["BENCH_MS"] ?? 2000);
const server = fork(new URL("server.ts", import.meta.url));
const [bound] = (await once(server, "message")) as [BindResult];
if (bound.type === "failed") throw new Error(bound.reason);
const { address } = bound;

const bytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const put = () =>
  create(PutRequestSchema, {
    bucket: "carts",
    key: bytes(16),
    value: bytes(64),
    context: bytes(16),
    operationId: bytes(16),
  });
const puts = Array.from({ length: 64 }, put);
let turn = 0;
const next = () => puts[turn++ % puts.length]!;

/** `inFlight` loops over `once`, each with one request at a time. Requests a second and the p99 in milliseconds. */
async function measure(inFlight: number, request: () => Promise<unknown>): Promise<string> {
  const loop = async (untilMs: number, latencies: number[]) => {
    for (let startMs = performance.now(); startMs < untilMs; ) {
      await request();
      const endMs = performance.now();
      latencies.push(endMs - startMs);
      startMs = endMs;
    }
  };
  const all = (untilMs: number, latencies: number[]) =>
    Promise.all(Array.from({ length: inFlight }, () => loop(untilMs, latencies)));
  await all(performance.now() + MEASURED_MS / 4, []);
  const latencies: number[] = [];
  const startMs = performance.now();
  await all(startMs + MEASURED_MS, latencies);
  const seconds = (performance.now() - startMs) / 1000;
  const p99 = latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? 0;
  return `${Math.round(latencies.length / seconds)
    .toLocaleString("en")
    .padStart(8)} /s, p99 ${p99.toFixed(1).padStart(5)} ms`;
}

const kv = kvClient(address);
async function unary(): Promise<void> {
  const result = await kv.put(next());
  if (result.type !== "ok") throw new Error(result.error.message);
}

const waiting = new Map<number, () => void>();
let id = 0;
const bare = new GrpcDialer(KvService.method.connect).dial(address, {
  frame: ({ responses }) => {
    for (const reply of responses) {
      waiting.get(reply.id)?.();
      waiting.delete(reply.id);
    }
  },
  closed: (reason) => {
    throw new Error(reason);
  },
});
const message = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.set(++id, resolve);
    const call = create(ClientCallSchema, { id, body: { case: "put", value: next() } });
    bare.send({ requests: [call] }, () => {});
  });

const link = new PeerLink<NodeHello, PeerCall, PeerReply>({
  address,
  dialer: new GrpcDialer(ReplicaService.method.exchange),
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  hello: () => create(NodeHelloSchema),
  check: () => undefined,
  weigh: approximateBytes,
});
async function gathered(): Promise<void> {
  const call = create(PeerCallSchema, { body: { case: "put", value: next() } });
  const result = await link.call(call, 5000);
  if (result.type !== "reply") throw new Error(result.reason);
}

console.log("| in flight | unary calls | stream, one request a message | stream, gathered |");
console.log("|---|---|---|---|");
for (const inFlight of [1, 16, 64, 256]) {
  const cells: string[] = [];
  for (const way of [unary, message, gathered]) cells.push(await measure(inFlight, way));
  console.log(`| ${String(inFlight).padStart(3)} | ${cells.join(" | ")} |`);
}
kv.close();
bare.close("done");
link.close();
server.disconnect();
