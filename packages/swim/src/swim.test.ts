import { SeededRandom } from "@coterie/core";
import { describe, expect, test } from "vitest";
import type { Effect } from "./effects.ts";
import { Swim } from "./swim.ts";
import {
  changed,
  liveSwim,
  memberRecord,
  messageFrom,
  sent,
  tickUntil,
} from "./testing/live-swim.ts";

const a = memberRecord("a");
const b = memberRecord("b");
const ping = (sequence: number) => ({ type: "ping", sequence }) as const;

function bodies(effects: readonly Effect[]): string[] {
  return sent(effects).map(({ to, message }) => `${message.body.type} ${to}`);
}

describe("starting", () => {
  test("a member says nothing before its first incarnation is durable", () => {
    const random = new SeededRandom(1);
    const swim = new Swim({ id: "self", address: "self:1", incarnation: 40, random });
    expect(swim.start()).toEqual([{ type: "persist", incarnation: 57 }]);
    expect(swim.join(["a:1"], 0)).toEqual([]);
    expect(swim.receive("a", messageFrom(a, ping(1)), 0)).toEqual([]);
    expect([swim.self, swim.deadlineMs]).toEqual([undefined, Number.POSITIVE_INFINITY]);
    const effects = swim.persisted(57, 0);
    expect(bodies(effects)).toEqual(["syncRequest a:1"]);
    expect(swim.self).toMatchObject({ id: "self", incarnation: 41, state: "alive" });
  });

  test("joining asks every seed but itself, telling it of the newcomer", () => {
    const swim = liveSwim("self");
    const effects = swim.join(["a:1", "self", "b:1", "a:1"], 0);
    expect(bodies(effects)).toEqual(["syncRequest a:1", "syncRequest b:1"]);
    expect(sent(effects)[0]!.message.updates).toEqual([swim.self]);
    expect(sent(effects)[0]!.message.to).toBeUndefined();
  });

  test.each([
    [{ id: "no spaces" }, '"no spaces" cannot be a member\'s id'],
    [{ address: "" }, '"" cannot be a member\'s address'],
    [{ incarnation: -1 }, "incarnation must be 0, 1, 2, …"],
    [{ metadata: new Uint8Array(513) }, "metadata is limited to 512 bytes"],
    [{ protocolPeriodMs: -1 }, "protocolPeriodMs must be above 0"],
  ])("%j is refused", (options, sentence) => {
    expect(() => liveSwim("self", [], options)).toThrow(new RangeError(sentence));
  });
});

describe("probing", () => {
  test("[SWIM §3.1] a ping is answered at the address it came from", () => {
    const swim = liveSwim("self", [a]);
    const effects = swim.receive("a:elsewhere", messageFrom(a, ping(7), { to: "self" }), 0);
    expect(sent(effects)[0]).toMatchObject({
      to: "a:elsewhere",
      message: { to: "a", body: { type: "ack", sequence: 7, of: "self" } },
    });
  });

  test("[trap 23] a ping meant for a member that used to live at this address is not answered", () => {
    const swim = liveSwim("self", [a]);
    expect(swim.receive("a", messageFrom(a, ping(7), { to: "other" }), 0)).toEqual([]);
  });

  test("[SWIM §3.1] a helper pings for another, and hands on the ack", () => {
    const swim = liveSwim("self", [a, b]);
    const target = { id: "b", address: "b:1" };
    const request = { type: "pingReq", sequence: 70, target, nackAfterMs: 400 } as const;
    const [relayed] = sent(swim.receive("a", messageFrom(a, request), 0));
    expect(relayed).toMatchObject({ to: "b:1", message: { to: "b", body: { type: "ping" } } });
    const { body } = relayed!.message;
    const sequence = body.type === "ping" ? body.sequence : -1;
    const ack = messageFrom(b, { type: "ack", sequence, of: "b" });
    expect(sent(swim.receive("b:1", ack, 10))).toMatchObject([
      { to: "a", message: { body: { type: "ack", sequence: 70, of: "b" } } },
    ]);
  });

  test("[Lifeguard §IV.A] a helper reports that the target is silent", () => {
    const swim = liveSwim("self", [a, b], { firstProbeMs: 900 });
    const target = { id: "b", address: "b:1" };
    const request = { type: "pingReq", sequence: 70, target, nackAfterMs: 400 } as const;
    swim.receive("a", messageFrom(a, request), 0);
    expect(sent(tickUntil(swim, 400))).toMatchObject([
      { to: "a", message: { body: { type: "nack", sequence: 70 } } },
    ]);
  });

  test("[SWIM §4.2] a member that stays silent is suspected after a period, and dead in the end", () => {
    const swim = liveSwim("self", [a, b], { firstProbeMs: 0, forgiveOwnPauses: false });
    const first = tickUntil(swim, 999);
    const target = sent(first)[0]!.to;
    expect(changed(first)).toEqual([]);
    expect(changed(tickUntil(swim, 1_000))).toEqual([`suspected ${target}`]);
    const rest = tickUntil(swim, 60_000);
    expect(changed(rest)).toContain(`dead ${target}`);
    expect(swim.member(target)!.state).toBe("dead");
  });

  test("[Lifeguard §IV.C] a suspect hears of the suspicion in the next ping to it", () => {
    const suspect = { ...a, state: "suspect", accuser: "b" } as const;
    const swim = liveSwim("self", [suspect], { firstProbeMs: 0 });
    // News of many others would fill the message, were the suspicion not first.
    const [message] = sent(swim.tick(0));
    expect(message).toMatchObject({ to: "a", message: { updates: [suspect, expect.anything()] } });
  });

  test("[Lifeguard §IV.C] without the buddy system it has to wait for gossip", () => {
    const suspect = { ...a, state: "suspect", accuser: "b" } as const;
    const swim = liveSwim("self", [suspect], { firstProbeMs: 0, buddySystem: false });
    expect(sent(swim.tick(0))[0]!.message.updates).toEqual([swim.self]);
  });
});

describe("leaving and forgetting", () => {
  test("who leaves tells others at once, probes no more, and refutes nothing", () => {
    const swim = liveSwim("self", [a, b]);
    const effects = swim.leave();
    expect(bodies(effects).sort()).toEqual(["gossip a", "gossip b"]);
    expect(sent(effects)[0]!.message.updates[0]).toMatchObject({ id: "self", state: "left" });
    expect(swim.deadlineMs).toBe(Number.POSITIVE_INFINITY);
    expect(swim.leave()).toEqual([]);
    const updates = [{ ...swim.self!, state: "dead" } as const];
    swim.receive("a", messageFrom(a, ping(1), { updates }), 0);
    expect(swim.self!.state).toBe("left");
  });

  test("who has left still answers, and says that it has left", () => {
    const swim = liveSwim("self", [a]);
    swim.leave();
    const [answer] = sent(swim.receive("a", messageFrom(a, ping(1)), 0));
    expect(answer!.message).toMatchObject({ body: { type: "ack" }, updates: [swim.self] });
  });

  test("only the dead and those who left can be forgotten", () => {
    const swim = liveSwim("self", [a, memberRecord("x", { state: "dead" })]);
    expect(changed(swim.forget("x", 0))).toEqual(["forgotten x"]);
    expect(swim.member("x")).toBeUndefined();
    expect(swim.members.map(({ id }) => id)).toEqual(["a", "self"]);
    expect(() => swim.forget("x", 0)).toThrow(new RangeError('there is no member "x"'));
    expect(() => swim.forget("a", 0)).toThrow(RangeError);
    expect(() => swim.forget("self", 0)).toThrow(RangeError);
  });
});

describe("health", () => {
  test("[Lifeguard §IV.A] lag that the driver measured slows probing", () => {
    const swim = liveSwim("self", [a], { firstProbeMs: 0 });
    swim.noteLag(600);
    expect(swim.localHealth).toBe(2);
    swim.tick(0);
    expect(swim.deadlineMs).toBe(1_500);
  });

  test("[trap 28] after a standstill of its own nobody is accused: answers may be waiting", () => {
    const suspect = { ...a, state: "suspect", accuser: "b" } as const;
    const swim = liveSwim("self", [suspect, b], { firstProbeMs: 0 });
    swim.tick(0);
    expect(changed(swim.tick(600_000))).toEqual([]);
    expect(swim.localHealth).toBe(8);
    expect(swim.member("a")!.state).toBe("suspect");
  });

  test("without forgiveness a member wakes up accusing", () => {
    const options = { firstProbeMs: 0, forgiveOwnPauses: false };
    const suspect = { ...a, state: "suspect", accuser: "b" } as const;
    const swim = liveSwim("self", [suspect, b], options);
    swim.tick(0);
    expect(changed(swim.tick(600_000))).toContain("dead a");
  });
});

test("calling tick early does nothing", () => {
  const swim = liveSwim("self", [a], { firstProbeMs: 100 });
  expect(swim.tick(99)).toEqual([]);
});

test("a change of address or metadata is a new incarnation that everyone is told", () => {
  const swim = liveSwim("self", [a], { firstProbeMs: 0 });
  swim.updateAddress("self:2");
  swim.updateMetadata(new Uint8Array([1, 2]));
  expect(swim.self).toMatchObject({ incarnation: 3, address: "self:2" });
  expect(sent(swim.tick(0))[0]!.message.updates).toContainEqual(swim.self);
  expect(() => swim.updateMetadata(new Uint8Array(513))).toThrow(RangeError);
});
