import { create } from "@bufbuild/protobuf";
import type { Timers } from "@coterie/core";
import { decodeRingRecord } from "@coterie/shard-engine";
import { JoinRequestSchema, type JoinResponse, PeerCallSchema } from "@coterie/wire";
import { StartRefused } from "./birth.ts";
import type { NodeBirth } from "./node-birth.ts";
import type { NodeEvent } from "./node-event.ts";
import type { Peers } from "./peers.ts";

const ATTEMPT_MS = 3_000;
const PAUSE_MS = 300;

export interface JoinParts {
  readonly birth: NodeBirth;
  readonly address: string;
  readonly peers: Peers;
  readonly timers: Timers;
  readonly onEvent: (event: NodeEvent) => void;
  readonly isStopped: () => boolean;
}

/**
 * A newcomer's side of a join: asks one seed after the other, again and again until one lets it in, since
 * nodes of a new cluster start in any order. Undefined when the node was stopped before that.
 */
export async function askToJoin(
  seeds: readonly string[],
  parts: JoinParts,
): Promise<{ admitted: JoinResponse; via: string } | undefined> {
  const others = seeds.filter((seed) => seed !== parts.address);
  if (others.length === 0) {
    throw new StartRefused(
      "there is no member to join: --join names none but this node itself. Give the address of a node that runs",
    );
  }
  while (!parts.isStopped()) {
    for (const seed of others) {
      if (parts.isStopped()) return undefined;
      parts.onEvent({ type: "joining", seed });
      const answer = await ask(seed, parts);
      if (typeof answer !== "string") return { admitted: answer, via: seed };
      parts.onEvent({ type: "joinRefused", seed, reason: answer });
    }
    await new Promise<void>((resolve) => parts.timers.after(PAUSE_MS, resolve));
  }
  return undefined;
}

/** The response, or a sentence on why there is none. */
async function ask(
  seed: string,
  { birth, address, peers }: JoinParts,
): Promise<JoinResponse | string> {
  const link = peers.strangerAt(seed);
  try {
    const request = create(JoinRequestSchema, {
      nodeId: birth.nodeId,
      identity: birth.identity,
      address,
    });
    const result = await link.call(
      create(PeerCallSchema, { body: { case: "join", value: request } }),
      ATTEMPT_MS,
    );
    if (result.type !== "reply") return result.reason;
    const { body } = result.reply;
    if (body.case === "join") {
      decodeRingRecord(body.value.ringRecord);
      return body.value;
    }
    return body.case === "error" ? body.value.message : "the seed answered something else";
  } finally {
    link.close("asked");
  }
}
