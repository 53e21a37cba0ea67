import { expect, test } from "vitest";
import { Dissemination } from "./dissemination.ts";
import { memberRecord } from "./testing/live-swim.ts";

const take = (news: Dissemination, bytes = 1_000, living = 10): string[] =>
  news.take(bytes, living, []).map((record) => `${record.id}@${record.incarnation}`);

test.each([
  [1, 3],
  [8, 7],
  [32, 11],
  [128, 15],
  [1_000, 21],
])("[SWIM §4.1] among %i members an update is sent %i times: λ ln(n + 1)", (living, times) => {
  expect(new Dissemination(3).limit(living)).toBe(times);
});

test("an update is dropped after its last transmission", () => {
  const news = new Dissemination(1); // ⌈ln 11⌉ = 3
  news.enqueue(memberRecord("x"), 20);
  expect([take(news), take(news), take(news), take(news)]).toEqual([["x@1"], ["x@1"], ["x@1"], []]);
  expect(news.size).toBe(0);
});

test("[SWIM §4.1] the least often sent go first", () => {
  const news = new Dissemination(3);
  news.enqueue(memberRecord("x"), 20);
  take(news);
  news.enqueue(memberRecord("y"), 20);
  expect(take(news, 20)).toEqual(["y@1"]);
  expect(take(news, 20)).toEqual(["x@1"]);
});

test("newer news of a member replaces what was queued of it, and starts anew", () => {
  const news = new Dissemination(1);
  news.enqueue(memberRecord("x"), 20);
  take(news);
  take(news);
  news.enqueue(memberRecord("x", { incarnation: 2 }), 20);
  expect([take(news), take(news), take(news), take(news)]).toEqual([["x@2"], ["x@2"], ["x@2"], []]);
});

test("what does not fit is left for later, and smaller news goes in its place", () => {
  const news = new Dissemination(3);
  news.enqueue(memberRecord("large"), 900);
  news.enqueue(memberRecord("small"), 50);
  expect(take(news, 100)).toEqual(["small@1"]);
  expect(take(news, 1_000)).toEqual(["large@1", "small@1"]);
});

test("what the message carries anyway is not taken twice", () => {
  const news = new Dissemination(3);
  const record = memberRecord("x");
  news.enqueue(record, 20);
  expect(news.take(1_000, 10, [record])).toEqual([]);
  expect(take(news)).toEqual(["x@1"]);
});
