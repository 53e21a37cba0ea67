import { describe, expect, test } from "vitest";
import { encodeMessage } from "./codec.ts";
import { MESSAGE_BYTES_MIN } from "./config.ts";
import type { Effect } from "./effects.ts";
import { ADDRESS_CHARACTERS_MAX } from "./member-record.ts";
import type { Swim } from "./swim.ts";
import { liveSwim, memberRecord, messageFrom, sent } from "./testing/live-swim.ts";

const a = memberRecord("a");
const b = memberRecord("b");
const ping = (sequence: number) => ({ type: "ping", sequence }) as const;

function bodies(effects: readonly Effect[]): string[] {
  return sent(effects).map(({ to, message }) => `${message.body.type} ${to}`);
}

describe("refuting", () => {
  const accusation = (swim: Swim, state: "suspect" | "dead", incarnation = 1) => ({
    ...{ ...swim.self!, state, incarnation, accuser: state === "suspect" ? "b" : undefined },
  });

  test("[SWIM §4.2] an accused member outbids the accusation at once and says so to the accuser", () => {
    for (const state of ["suspect", "dead"] as const) {
      const swim = liveSwim("self", [a]);
      const updates = [accusation(swim, state)];
      const effects = swim.receive("a", messageFrom(a, ping(7), { updates }), 0);
      expect(swim.self).toMatchObject({ incarnation: 2, state: "alive" });
      expect(sent(effects)[0]!.message.updates[0]).toEqual(swim.self);
      expect(swim.localHealth).toBe(1);
    }
  });

  test("an accusation of an earlier incarnation is no longer true and ignored", () => {
    const swim = liveSwim("self", [a]);
    swim.receive("a", messageFrom(a, ping(7), { updates: [accusation(swim, "dead")] }), 0);
    swim.receive("a", messageFrom(a, ping(8), { updates: [accusation(swim, "dead")] }), 0);
    expect(swim.self!.incarnation).toBe(2);
  });

  test("a refutation beyond the reserve waits until it is durable", () => {
    const swim = liveSwim("self", [a]);
    const updates = [accusation(swim, "dead", 100)];
    const effects = swim.receive("a", messageFrom(a, ping(7), { updates }), 0);
    expect(effects).toContainEqual({ type: "persist", incarnation: 117 });
    expect(swim.self!.incarnation).toBe(1);
    swim.persisted(117, 5);
    expect(swim.self!.incarnation).toBe(101);
  });

  test("[trap 24] an accusation from the far future is not chased", () => {
    const swim = liveSwim("self", [a]);
    const record = accusation(swim, "dead", 2 ** 50);
    const effects = swim.receive("a", messageFrom(a, ping(7), { updates: [record] }), 0);
    expect(effects).toContainEqual({ type: "implausible", record, from: "a" });
    expect(swim.self!.incarnation).toBe(1);
  });

  test("[trap 22] a stale life of one's own is outbid, although nobody accuses", () => {
    const swim = liveSwim("self", [a]);
    const earlier = memberRecord("self", { incarnation: 10, session: 99 });
    swim.receive("a", messageFrom(a, ping(7), { updates: [earlier] }), 0);
    expect(swim.self!.incarnation).toBe(11);
    expect(swim.localHealth).toBe(0);
  });
});

describe("telling others what they do not know", () => {
  test("[trap 22] a dead member that speaks is told that it is held dead, whatever it says", () => {
    const dead = memberRecord("x", { state: "dead", incarnation: 5 });
    const x = memberRecord("x", { incarnation: 1 });
    for (const body of [ping(7), { type: "nack", sequence: 3 } as const]) {
      const swim = liveSwim("self", [a, dead]);
      const effects = swim.receive("x:2", messageFrom(x, body), 0);
      expect(sent(effects)[0]).toMatchObject({ to: "x:2" });
      expect(sent(effects)[0]!.message.updates).toContainEqual(dead);
    }
  });

  test("[trap 22] who passes on a stale alive is answered with the death", () => {
    const dead = memberRecord("x", { state: "dead", incarnation: 5 });
    const swim = liveSwim("self", [a, dead]);
    const stale = messageFrom(a, { type: "gossip" }, { updates: [memberRecord("x")] });
    expect(sent(swim.receive("a", stale, 0))).toMatchObject([
      { to: "a", message: { body: { type: "records", records: [dead] } } },
    ]);
  });

  test("a death learned by sync is told to the suspect itself at once", () => {
    const x = memberRecord("x");
    const swim = liveSwim("self", [a, x]);
    const records = [{ ...x, state: "dead" } as const];
    const effects = swim.receive("a", messageFrom(a, { type: "records", records }), 0);
    expect(bodies(effects)).toEqual(["gossip x"]);
    expect(sent(effects)[0]!.message.updates[0]).toMatchObject({ id: "x", state: "suspect" });
  });

  test("a member that knows this one by an old incarnation is told the new one, long after the news", () => {
    const swim = liveSwim("self", [a]);
    swim.updateMetadata(new Uint8Array([1]));
    const updates = (knows: number) =>
      sent(swim.receive("a", messageFrom(a, ping(7), { knows }), 0)).map(
        ({ message }) => message.updates,
      );
    for (let i = 0; i < 10; i++) updates(2);
    expect(updates(1)).toEqual([[swim.self]]);
    expect(updates(2)).toEqual([[]]);
  });

  test("no message is larger than the budget, however much there is to tell", () => {
    const metadata = new Uint8Array(512);
    const address = "x".repeat(ADDRESS_CHARACTERS_MAX);
    const large = memberRecord("x", { state: "dead", incarnation: 5, metadata, address });
    const options = { metadata, address, messageBytesMax: MESSAGE_BYTES_MIN };
    const swim = liveSwim("self", [a, large, memberRecord("y", { metadata })], options);
    const told = messageFrom(memberRecord("x"), ping(1), { knows: 0 });
    for (const { message } of sent([...swim.receive("x", told, 0), ...swim.join(["s"], 0)])) {
      expect(message.updates.length).toBeGreaterThan(0);
      expect(encodeMessage(message).length).toBeLessThanOrEqual(MESSAGE_BYTES_MIN);
    }
  });

  test("gossip and records are not answered, so that nobody keeps anybody busy", () => {
    const dead = memberRecord("x", { state: "dead" });
    const y = memberRecord("y", { state: "dead" });
    const swim = liveSwim("self", [a, dead, y]);
    const x = memberRecord("x");
    const updates = [memberRecord("y")];
    const records = { type: "records", records: updates } as const;
    expect(sent(swim.receive("x", messageFrom(x, { type: "gossip" }), 0))).toEqual([]);
    expect(sent(swim.receive("x", messageFrom(x, records, { updates }), 0))).toEqual([]);
  });
});

describe("push-pull", () => {
  test("equal digests end it in silence, others bring the table", () => {
    const one = liveSwim("one", [a, b]);
    const two = liveSwim("two", [one.self!, a, b]);
    const request = { ...sent(one.join(["two"], 0))[0]!.message, knows: 1 };
    expect(bodies(two.receive("one", request, 0))).toEqual(["syncRange one"]);
    one.receive("two", messageFrom(two.self!, { type: "records", records: [two.self!] }), 0);
    const again = { ...sent(one.join(["two"], 0))[0]!.message, knows: 1 };
    expect(bodies(two.receive("one", again, 0))).toEqual([]);
  });

  test("both sides end up with everything", () => {
    const one = liveSwim("one", [a]);
    const two = liveSwim("two", [b, memberRecord("x", { state: "dead" })]);
    const deliver = (from: string, to: Swim, effects: readonly Effect[]): Effect[] =>
      sent(effects).flatMap(({ message }) => to.receive(from, message, 0));
    const request = one.join(["two"], 0);
    const reply = deliver("one", two, request);
    deliver("one", two, deliver("two", one, reply));
    const known = (swim: Swim) => swim.members.map(({ id, state }) => `${id} ${state}`);
    expect(known(one)).toEqual(["a alive", "b alive", "one alive", "two alive", "x dead"]);
    expect(known(two)).toEqual(known(one));
  });
});

describe("clash", () => {
  const twin = memberRecord("self", { address: "twin:1", session: 99, incarnation: 1 });

  /** A member that has just heard of the twin, and the answer of the twin to its challenge. */
  function challenging() {
    const swim = liveSwim("self", [a]);
    const effects = swim.receive("a", messageFrom(a, ping(1), { updates: [twin] }), 0);
    const { body, to } = sent(effects).find((message) => message.to === "twin:1")!.message;
    const sequence = body.type === "ping" ? body.sequence : -1;
    const answer = messageFrom(twin, { type: "ack", sequence, of: "self" });
    return { swim, effects, to, answer };
  }

  test("[trap 7] another process with this id is challenged, and reported when it answers", () => {
    const { swim, to, answer } = challenging();
    expect(to).toBe("self");
    expect(swim.receive("twin:1", answer, 10)).toContainEqual({
      ...{ type: "clash", address: "twin:1", session: 99 },
    });
    expect(swim.receive("twin:1", answer, 20)).toEqual([]);
  });

  test("a record of an earlier life is outbid and proves nothing", () => {
    const { swim, effects } = challenging();
    expect(effects.some(({ type }) => type === "clash")).toBe(false);
    expect(swim.self!.incarnation).toBe(2);
  });

  test("a known twin is not raced for the higher incarnation", () => {
    const { swim, answer } = challenging();
    swim.receive("twin:1", answer, 10);
    const updates = [{ ...twin, incarnation: 9 }];
    swim.receive("a", messageFrom(a, ping(2), { updates }), 20);
    expect(swim.self!.incarnation).toBe(2);
  });

  test("a challenge is answered, and the challenger challenged in turn", () => {
    const swim = liveSwim("self", [a]);
    const effects = swim.receive("twin:1", messageFrom(twin, ping(5), { to: "self" }), 0);
    expect(bodies(effects)).toEqual(["ack twin:1", "ping twin:1"]);
  });

  test("an echo of this process is ignored", () => {
    const swim = liveSwim("self", [a]);
    expect(swim.receive("self:alias", messageFrom(swim.self!, ping(1)), 0)).toEqual([]);
  });
});
