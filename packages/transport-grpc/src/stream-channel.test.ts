import { create } from "@bufbuild/protobuf";
import { type TransportHarness, transportContract } from "@coterie/peer-session/testing";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  KvService,
  PeerCallSchema,
  PeerReplySchema,
  ReplicaService,
} from "@coterie/wire";
import { describe, expect, test } from "vitest";
import { kvHandlers } from "../test/node.ts";
import { until } from "../test/until.ts";
import type { Plain } from "./codec.ts";
import { GrpcDialer } from "./grpc-dialer.ts";
import { GrpcServer } from "./grpc-server.ts";
import { kvClient } from "./unary-client.ts";

type Out = Plain<ExchangeRequest>;
type In = Plain<ExchangeResponse>;

async function harness(): Promise<TransportHarness<Out, In>> {
  const server = new GrpcServer();
  const closing: (() => void)[] = [];
  let other = kvClient("127.0.0.1:1");
  return {
    dialer: new GrpcDialer(ReplicaService.method.exchange),
    listen: async (listener) => {
      server.addService(ReplicaService, { exchange: listener }).addService(KvService, kvHandlers());
      const bound = await server.bind("127.0.0.1:0");
      if (bound.type === "failed") throw new Error(bound.reason);
      other = kvClient(bound.address);
      closing.push(
        () => other.close(),
        () => server.stop(),
      );
      return bound.address;
    },
    deadAddress: "127.0.0.1:1",
    // 16 KiB in each frame, so that a window of flow control does not hide what a paused end does.
    outFrame: (id) => ({
      requests: [
        create(PeerCallSchema, {
          id,
          body: { case: "merge", value: { row: new Uint8Array(16_384) } },
        }),
      ],
    }),
    outTag: ({ requests }) => requests[0]!.id,
    inFrame: (id) => ({ responses: [create(PeerReplySchema, { id })] }),
    inTag: ({ responses }) => responses[0]!.id,
    until,
    // Two calls and their answers over another connection: whatever was under way here has had its turn.
    settle: async () => {
      for (let i = 0; i < 2; i++) await other.getTopology({});
    },
    close: async () => {
      for (const close of closing) close();
    },
  };
}

/** A session whose dialled end reads one frame and no more: how many frames of 32 KiB count as written. */
async function writtenToPaused(): Promise<number> {
  const transport = await harness();
  const address = await transport.listen({
    accept: (channel) => ({ frame: () => channel.pause(), closed: () => {} }),
  });
  const channel = transport.dialer.dial(address, { frame: () => {}, closed: () => {} });
  let written = 0;
  for (let sent = 1; sent <= 40 && written === sent - 1; sent++) {
    const row = new Uint8Array(32_768);
    channel.send(
      { requests: [create(PeerCallSchema, { body: { case: "merge", value: { row } } })] },
      () => {
        written++;
      },
    );
    for (let i = 0; i < 5 && written < sent; i++) await transport.settle();
  }
  channel.close("done");
  await transport.close();
  return written;
}

test("whoever sends to an end that does not read feels it after a few frames", async () => {
  // The window of flow control, 64 KiB, and what the sockets hold; not what Node would read ahead, nor
  // what grpc-js would keep for retries.
  expect(await writtenToPaused()).toBeLessThan(8);
});

describe("gRPC keeps the promises of a transport", () => {
  for (const { title, run } of transportContract<Out, In>(harness)) test(title, run);
});
