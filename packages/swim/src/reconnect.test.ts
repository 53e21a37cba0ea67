import { SeededRandom } from "@coterie/core";
import { expect, test } from "vitest";
import { swimConfig } from "./config.ts";
import type { MemberRecord } from "./member-record.ts";
import { Membership } from "./membership.ts";
import { Reconnect } from "./reconnect.ts";
import { memberRecord } from "./testing/live-swim.ts";

const config = swimConfig({});

function membersOf(...records: MemberRecord[]): Membership {
  const members = new Membership();
  for (const record of [memberRecord("self"), ...records]) members.set(record);
  return members;
}

/** Addresses tried in so many turns. */
function tries(reconnect: Reconnect, members: Membership, turns: number): (string | undefined)[] {
  return Array.from(
    { length: turns },
    () => reconnect.tick(reconnect.deadlineMs, members, "self")?.address,
  );
}

function started(seeds: readonly string[] = []): Reconnect {
  const reconnect = new Reconnect(config, new SeededRandom(1));
  reconnect.begin(0);
  if (seeds.length > 0) reconnect.setSeeds(seeds, 0);
  return reconnect;
}

test("the dead are tried at their address, those who left and the living are not", () => {
  const members = membersOf(
    memberRecord("a"),
    memberRecord("b", { state: "dead", address: "b:1" }),
    memberRecord("c", { state: "left" }),
    memberRecord("d", { state: "forgotten" }),
  );
  expect(new Set(tries(started(), members, 20))).toEqual(new Set(["b:1"]));
});

test("a member alone asks its seeds every other period until one answers for itself", () => {
  const reconnect = started(["s:1", "self"]);
  expect(reconnect.deadlineMs).toBe(2_000);
  expect(tries(reconnect, membersOf(), 2)).toEqual(["s:1", "s:1"]);
  expect(reconnect.deadlineMs).toBe(6_000);
  const joined = membersOf(memberRecord("s", { address: "s:1" }));
  expect(tries(reconnect, joined, 2)).toEqual([undefined, undefined]);
  expect(reconnect.deadlineMs).toBe(26_000);
});

test("among many, each member takes its turn seldom, so that all together make three attempts", () => {
  const living = Array.from({ length: 99 }, (_, i) => memberRecord(`m${i}`));
  const members = membersOf(...living, memberRecord("x", { state: "dead" }));
  const attempts = tries(started(), members, 5_000).filter((address) => address === "x").length;
  expect(attempts / 5_000).toBeGreaterThan(0.02);
  expect(attempts / 5_000).toBeLessThan(0.04);
});
