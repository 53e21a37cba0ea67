import { fork } from "node:child_process";
import { create } from "@bufbuild/protobuf";
import { randomBytes, systemClock, systemRandom, systemTimers } from "@coterie/core";
import { PeerLink } from "@coterie/peer-session";
import { approximateBytes, GrpcDialer } from "@coterie/transport-grpc";
import {
  MergeRowSchema,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  PeerCallSchema,
  type PeerReply,
  ReplicaService,
} from "@coterie/wire";
import { closedLoop } from "../load/loops.ts";

const CALL_MS = 10_000;

/**
 * Calls a second over one gRPC stream between two processes, gathered into frames as nodes gather them: what one
 * hop could carry if nothing else were done. `rowBytes` is sent with each.
 */
export async function streamCeiling(
  inFlight: number,
  seconds: number,
  rowBytes: number,
): Promise<number> {
  const child = fork(new URL("./echo-process.js", import.meta.url), { execArgv: [] });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      child.once("message", (message) => resolve(message as string));
      child.once("exit", (code) => reject(new Error(`the echo process ended with ${code}`)));
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
    const [row, versions] = [randomBytes(systemRandom, 24), randomBytes(systemRandom, rowBytes)];
    const startMs = systemClock.monotonicMs();
    const countFromMs = startMs + (seconds * 1000) / 4;
    const untilMs = countFromMs + seconds * 1000;
    let calls = 0;
    const operate = async (): Promise<void> => {
      const value = create(MergeRowSchema, { epoch: 1, row, versions });
      const call = create(PeerCallSchema, { body: { case: "merge", value } });
      const result = await link.call(call, CALL_MS);
      if (result.type !== "reply") throw new Error(`the echo process: ${result.reason}`);
      if (systemClock.monotonicMs() >= countFromMs) calls++;
    };
    const loop = { clock: systemClock, timers: systemTimers, untilMs, operate };
    await closedLoop(loop, inFlight);
    link.close();
    return Math.round(calls / seconds);
  } finally {
    child.kill("SIGKILL");
  }
}
