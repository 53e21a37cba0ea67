import { expect, test } from "vitest";
import { Relays } from "./relays.ts";

const relay = { origin: { id: "a", address: "a:1" }, originSequence: 70, target: "x" };

test("[SWIM §3.1] an ack of the target is handed on once, also a late one", () => {
  const relays = new Relays();
  relays.start(1, relay, 400, 0);
  expect(relays.acknowledged(1, "y")).toBeUndefined();
  expect(relays.acknowledged(2, "x")).toBeUndefined();
  expect(relays.tick(400)).toHaveLength(1);
  expect(relays.acknowledged(1, "x")).toMatchObject(relay);
  expect(relays.acknowledged(1, "x")).toBeUndefined();
});

test("[Lifeguard §IV.A] silence is reported once, at the time asked for", () => {
  const relays = new Relays();
  relays.start(1, relay, 400, 0);
  expect(relays.deadlineMs).toBe(400);
  expect(relays.tick(399)).toEqual([]);
  expect(relays.tick(400)).toMatchObject([relay]);
  expect(relays.tick(500)).toEqual([]);
});

test("a relay is given up some time after its nack", () => {
  const relays = new Relays();
  relays.start(1, relay, 400, 0);
  relays.tick(400);
  relays.tick(800);
  expect(relays.acknowledged(1, "x")).toBeUndefined();
  expect(relays.deadlineMs).toBe(Number.POSITIVE_INFINITY);
});

test("a flood of requests pushes out the oldest", () => {
  const relays = new Relays();
  for (let i = 0; i < 600; i++) relays.start(i, relay, 400, 0);
  expect(relays.acknowledged(0, "x")).toBeUndefined();
  expect(relays.tick(400)).toHaveLength(512);
});
