import fc from "fast-check";
import { expect, test } from "vitest";
import { InFlight } from "./in-flight.ts";

interface Call {
  id: number;
}

test("each is found under its id until it is deleted, however many others come and go", () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ end: fc.integer({ min: 1, max: 200 }), stride: fc.integer({ min: 1, max: 2 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const calls = new InFlight<Call>();
      const there = new Map<number, Call>();
      const ended: number[] = [];
      for (const what of steps) {
        if ("add" in what) {
          for (let i = 0; i < what.add; i++) {
            const call = { id: 0 };
            calls.add(call);
            expect(there.has(call.id)).toBe(false);
            there.set(call.id, call);
          }
          continue;
        }
        for (const [i, call] of [...there.values()].slice(0, what.end).entries()) {
          if (i % what.stride !== 0) continue;
          calls.delete(call);
          there.delete(call.id);
          ended.push(call.id);
        }
      }
      expect(calls.size).toBe(there.size);
      for (const [id, call] of there) expect(calls.get(id)).toBe(call);
      for (const id of ended) expect(calls.get(id)).toBeUndefined();
      const told = new Set<Call>();
      calls.forEach((call) => void told.add(call));
      expect(told).toEqual(new Set(there.values()));
    }),
  );
});

test("one that takes long keeps its id and is passed over by thousands that come after it", () => {
  const calls = new InFlight<Call>();
  const slow = { id: 0 };
  calls.add(slow);
  const ids = new Set([slow.id]);
  for (let i = 0; i < 10_000; i++) {
    const call = { id: 0 };
    calls.add(call);
    expect(ids.has(call.id)).toBe(false);
    ids.add(call.id);
    calls.delete(call);
  }
  expect(calls.get(slow.id)).toBe(slow);
});

test("there is room for more at any time, also after thousands that came one by one", () => {
  const calls = new InFlight<Call>();
  for (let i = 0; i < 5_000; i++) {
    const call = { id: 0 };
    calls.add(call);
    calls.delete(call);
  }
  const many = Array.from({ length: 300 }, () => ({ id: 0 }));
  for (const call of many) calls.add(call);
  for (const call of many) expect(calls.get(call.id)).toBe(call);
});

test("all are taken at once, and ids go on from there", () => {
  const calls = new InFlight<Call>();
  const first = Array.from({ length: 200 }, () => ({ id: 0 }));
  for (const call of first) calls.add(call);
  expect(new Set(calls.takeAll())).toEqual(new Set(first));
  expect([calls.size, calls.get(first[0]!.id)]).toEqual([0, undefined]);
  const next = { id: 0 };
  calls.add(next);
  expect(next.id).toBeGreaterThan(first[199]!.id);
});

test("those that are told of may be deleted meanwhile", () => {
  const calls = new InFlight<Call>();
  for (let i = 0; i < 50; i++) calls.add({ id: 0 });
  calls.forEach((call) => {
    if (call.id % 2 === 0) calls.delete(call);
  });
  expect(calls.size).toBe(25);
});
