import { SeededRandom } from "@coterie/core";
import { expect, test } from "vitest";
import { Awareness } from "./awareness.ts";
import { type SwimConfig, swimConfig } from "./config.ts";
import { Prober } from "./prober.ts";
import { Sequence } from "./sequence.ts";
import { memberRecord } from "./testing/live-swim.ts";
import { View } from "./view.ts";

function proberAmong(ids: readonly string[], options: Partial<SwimConfig> = {}) {
  const config = swimConfig({ firstProbeMs: 0, ...options });
  const random = new SeededRandom(1);
  const view = new View(config, random, "self", () => {});
  view.setSelf(memberRecord("self"));
  for (const id of ids) view.hear(memberRecord(id), "gossip", id, 0);
  const awareness = new Awareness(config.localHealthMax);
  const prober = new Prober(config, random, view, "self", awareness, new Sequence(0));
  prober.begin(0);
  return { prober, awareness };
}

test("[SWIM §3.1] one ping each protocol period", () => {
  const { prober } = proberAmong(["a"]);
  expect(prober.tick(0)).toEqual([{ type: "ping", target: "a", sequence: 1 }]);
  expect(prober.acknowledged(1, "a")).toBe(true);
  expect(prober.deadlineMs).toBe(1_000);
  expect(prober.tick(999)).toEqual([]);
  expect(prober.tick(1_000)).toEqual([{ type: "ping", target: "a", sequence: 2 }]);
});

test("[SWIM §3.1] silence until the timeout makes k others ping the target", () => {
  const { prober } = proberAmong(["a", "b", "c", "d", "e"]);
  const [ping] = prober.tick(0);
  expect(prober.deadlineMs).toBe(500);
  const [step] = prober.tick(500);
  expect(step).toMatchObject({ type: "pingReq", target: ping!.target, sequence: 1 });
  const helpers = step?.type === "pingReq" ? step.helpers : [];
  expect(new Set(helpers).size).toBe(3);
  expect(helpers).not.toContain(ping!.target);
  expect(helpers).not.toContain("self");
});

test("[Lifeguard §IV.A] helpers are asked to report silence before the period ends", () => {
  const { prober } = proberAmong(["a", "b"]);
  prober.tick(0);
  expect(prober.tick(500)).toMatchObject([{ type: "pingReq", nackAfterMs: 400 }]);
});

test("[SWIM §3.1] a period without an answer is a failed probe, and the next one begins", () => {
  const { prober } = proberAmong(["a"]);
  prober.tick(0);
  prober.tick(500);
  expect(prober.tick(1_000)).toEqual([
    { type: "failed", target: "a" },
    { type: "ping", target: "a", sequence: 2 },
  ]);
});

test("an ack for another probe, or of another member, answers nothing", () => {
  const { prober } = proberAmong(["a", "b"]);
  const target = prober.tick(0)[0]!.target;
  expect(prober.acknowledged(2, target)).toBe(false);
  expect(prober.acknowledged(1, target === "a" ? "b" : "a")).toBe(false);
  prober.tick(500);
  expect(prober.tick(1_000)[0]).toEqual({ type: "failed", target });
});

test("a late ack within the period still counts", () => {
  const { prober } = proberAmong(["a", "b"]);
  const target = prober.tick(0)[0]!.target;
  prober.tick(500);
  prober.acknowledged(1, target);
  expect(prober.tick(1_000)).toMatchObject([{ type: "ping" }]);
});

test("[Lifeguard §IV.A] a member in doubt of its health stretches timeout and period", () => {
  const { prober, awareness } = proberAmong(["a", "b", "c"]);
  awareness.refuted();
  prober.tick(0);
  expect(prober.deadlineMs).toBe(1_000);
  prober.tick(1_000);
  expect(prober.deadlineMs).toBe(2_000);
});

test("[Lifeguard §IV.A] missing nacks raise the score, nacks of strangers do not count, acks lower it", () => {
  const { prober, awareness } = proberAmong(["a", "b", "c", "d"]);
  prober.tick(0);
  const [step] = prober.tick(500);
  const helpers = step?.type === "pingReq" ? step.helpers : [];
  prober.nacked(1, helpers[0]!);
  prober.nacked(1, helpers[0]!);
  prober.nacked(1, "stranger");
  const next = prober.tick(1_000).find(({ type }) => type === "ping");
  expect(awareness.score).toBe(2);
  prober.acknowledged(2, next!.target);
  prober.acknowledged(2, next!.target);
  expect(awareness.score).toBe(1);
});

test("a standstill moves the open probe and the next period", () => {
  const { prober } = proberAmong(["a"]);
  prober.tick(0);
  prober.postpone(10_000);
  expect(prober.tick(10_400)).toEqual([]);
  expect(prober.deadlineMs).toBe(10_500);
});

test("a member alone probes nobody", () => {
  const { prober } = proberAmong([]);
  expect(prober.tick(0)).toEqual([]);
  expect(prober.deadlineMs).toBe(1_000);
});
