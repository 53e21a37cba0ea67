import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeMessage } from "../src/codec.ts";
import { defaultSwimConfig } from "../src/config.ts";
import { isLiving, type MemberRecord } from "../src/member-record.ts";
import type { Message } from "../src/messages.ts";
import { liveSwim, memberRecord, sent } from "../src/testing/live-swim.ts";
import { anyMessage } from "./any-message.ts";

const IDS = ["a", "b", "c", "self"];

/** The same message, but about few members, so that it hits what is known of them. */
function aboutFew(message: Message, picks: readonly number[]): Message {
  const name = (i: number): string => IDS[(picks[i % picks.length] ?? 0) % IDS.length]!;
  const rename = (record: MemberRecord, i: number): MemberRecord => ({ ...record, id: name(i) });
  const { body } = message;
  const renamed =
    body.type === "records" || body.type === "syncRange"
      ? { ...body, records: body.records.map(rename) }
      : body;
  const to = message.to === undefined ? undefined : "self";
  return { ...message, from: name(7), to, body: renamed, updates: message.updates.map(rename) };
}

test("whatever members say, a member neither fails nor says anything that cannot be encoded", () => {
  const step = fc.tuple(anyMessage, fc.array(fc.nat(9), { minLength: 3 }), fc.nat(40_000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const swim = liveSwim("self", [memberRecord("a"), memberRecord("b")]);
      let nowMs = 0;
      for (const [message, picks, laterMs] of steps) {
        nowMs += laterMs;
        const told = aboutFew(message, picks);
        for (const effects of [swim.tick(nowMs), swim.receive("x:1", told, nowMs)]) {
          for (const effect of effects) {
            if (effect.type === "persist") swim.persisted(effect.incarnation, nowMs);
          }
          for (const { message: said } of sent(effects)) {
            expect(encodeMessage(said).length).toBeLessThanOrEqual(
              defaultSwimConfig.messageBytesMax,
            );
          }
        }
        expect(swim.self).toMatchObject({ id: "self", state: "alive" });
        expect(swim.livingCount).toBe(swim.members.filter(isLiving).length);
      }
    }),
    { numRuns: 150 },
  );
});
