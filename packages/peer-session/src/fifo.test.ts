import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("it is a list of which the first is taken and to which the last is added", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ keepEvery: fc.integer({ min: 1, max: 4 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new Fifo<number>();
      let model: number[] = [];
      let last = 0;
      for (const what of steps) {
        if ("push" in what) {
          for (let i = 0; i < what.push; i++) {
            queue.push(++last);
            model.push(last);
          }
        } else if ("shift" in what) {
          for (let i = 0; i < what.shift; i++) {
            expect(queue.peek()).toBe(model[0]);
            expect(queue.shift()).toBe(model.shift());
          }
        } else {
          const keep = (item: number): boolean => item % what.keepEvery === 0;
          queue.filter(keep);
          model = model.filter(keep);
        }
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});

test("thousands pass in order, also while it becomes shorter again", () => {
  const queue = new Fifo<number>();
  for (let i = 0; i < 10_000; i++) queue.push(i);
  for (let i = 0; i < 10_000; i++) expect(queue.shift()).toBe(i);
  expect([queue.length, queue.peek(), queue.shift()]).toEqual([0, undefined, undefined]);
});
