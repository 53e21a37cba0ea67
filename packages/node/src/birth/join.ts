import { create } from "@bufbuild/protobuf";
import type { Timers } from "@coterie/core";
import { JoinRequestSchema, type JoinResponse, PeerCallSchema } from "@coterie/wire";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import { decodeRegisterState } from "../ring/register-state.ts";
import { StartRefused } from "./birth.ts";
import type { NodeBirth } from "./node-birth.ts";

const ATTEMPT_MS = 3_000;
const PAUSE_MS = 300;
/** A refusal this many times in a row is meant: one for another process of this id may pass (6 s). */
const REFUSALS_MAX = 20;

export interface JoinParts {
  readonly birth: NodeBirth;
  readonly address: string;
  readonly peers: Peers;
  readonly timers: Timers;
  readonly onEvent: (event: NodeEvent) => void;
  readonly isStopped: () => boolean;
}

/** Seeds that are down for longer will be met by membership, sooner or later. */
const INTRODUCE_MS = 60_000;

/** The seeds will not speak with this node: another cluster, another version, or its id is taken. */
export class JoinRefused extends Error {
  override readonly name = "JoinRefused";
}

/**
 * A newcomer's side of a join: asks one seed after the other, again and again until one lets it in, since
 * nodes of a new cluster start in any order. Undefined when the node was stopped before that. Throws
 * `JoinRefused` when those that answer keep refusing.
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
  for (let refusals = 0; !parts.isStopped(); ) {
    let refused: string | undefined;
    for (const seed of others) {
      if (parts.isStopped()) return undefined;
      parts.onEvent({ type: "joining", seed });
      const answer = await ask(seed, parts, (reason) => {
        refused = reason;
      });
      if (typeof answer !== "string") return { admitted: answer, via: seed };
      parts.onEvent({ type: "joinRefused", seed, reason: answer });
    }
    refusals = refused === undefined ? 0 : refusals + 1;
    if (refused !== undefined && refusals >= REFUSALS_MAX) throw new JoinRefused(refused);
    await new Promise<void>((resolve) => parts.timers.after(PAUSE_MS, resolve));
  }
  return undefined;
}

/**
 * At the restart of a node that belongs to a cluster: whether the seeds take it for one of theirs. The
 * operator may have named another cluster, or started a copied directory; then the node hears of it as an event.
 */
export async function introduce(seeds: readonly string[], parts: JoinParts): Promise<void> {
  const others = seeds.filter((seed) => seed !== parts.address);
  if (others.length === 0) return;
  let over = false;
  const timer = parts.timers.after(INTRODUCE_MS, () => {
    over = true;
  });
  try {
    await askToJoin(others, { ...parts, isStopped: () => over || parts.isStopped() });
  } catch (error) {
    if (!(error instanceof JoinRefused)) throw error;
    parts.onEvent({ type: "barred", reason: error.message });
  } finally {
    timer.cancel();
  }
}

/** The response, or a sentence on why there is none. */
async function ask(
  seed: string,
  { birth, address, peers, timers }: JoinParts,
  onRefused: (reason: string) => void,
): Promise<JoinResponse | string> {
  const link = peers.strangerAt(seed, (reason) => {
    onRefused(reason);
    // Else the call would wait for a better answer until its deadline.
    timers.endOfTurn(() => link.close(reason));
  });
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
      decodeRegisterState(body.value.ringState);
      return body.value;
    }
    return body.case === "error" ? body.value.message : "the seed answered something else";
  } finally {
    link.close("asked");
  }
}
