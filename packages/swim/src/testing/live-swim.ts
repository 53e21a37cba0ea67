import { assert, type NodeId, SeededRandom } from "@coterie/core";
import type { Effect } from "../effects.ts";
import type { MemberRecord } from "../member-record.ts";
import type { Message, MessageBody } from "../messages.ts";
import { Swim } from "../swim.ts";
import type { SwimOptions } from "../swim-options.ts";

/** The record of an alive member with nothing special, but for what is given. */
export function memberRecord(id: NodeId, given: Partial<MemberRecord> = {}): MemberRecord {
  const plain = { id, address: id, incarnation: 1, session: 1, state: "alive" } as const;
  return { ...plain, metadata: new Uint8Array(), accuser: undefined, ...given };
}

/** A message from the member of that record, to whoever receives it. */
export function messageFrom(
  sender: MemberRecord,
  body: MessageBody,
  given: Partial<Message> = {},
): Message {
  const { id: from, session, incarnation } = sender;
  return { from, session, incarnation, to: undefined, knows: 1, body, updates: [], ...given };
}

/** A `Swim` at time 0 that has started at incarnation 1, with address `id`, and knows these members. */
export function liveSwim(
  id: NodeId,
  known: readonly MemberRecord[] = [],
  options: Partial<SwimOptions> = {},
): Swim {
  const random = new SeededRandom(1);
  const swim = new Swim({ id, address: id, incarnation: 0, random, ...options });
  for (const effect of swim.start()) {
    if (effect.type === "persist") swim.persisted(effect.incarnation, 0);
  }
  const [teller] = known;
  if (teller !== undefined) {
    swim.receive(teller.address, messageFrom(teller, { type: "records", records: known }), 0);
  }
  return swim;
}

/** The messages among effects, with their receivers' addresses. */
export function sent(effects: readonly Effect[]): { to: string; message: Message }[] {
  return effects.flatMap((effect) =>
    effect.type === "send" ? [{ to: effect.to.address, message: effect.message }] : [],
  );
}

/** The changes among effects, as `type id`. */
export function changed(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "member" ? [`${effect.change.type} ${effect.change.member.id}`] : [],
  );
}

/** Ticks at every deadline up to `untilMs`; returns what that had for effects. */
export function tickUntil(swim: Swim, untilMs: number): Effect[] {
  const effects: Effect[] = [];
  for (let calls = 0; swim.deadlineMs <= untilMs; calls++) {
    assert(calls < 100_000, "a deadline that never passes");
    effects.push(...swim.tick(swim.deadlineMs));
  }
  return effects;
}
