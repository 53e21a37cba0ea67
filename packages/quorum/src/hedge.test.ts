import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { expect, test } from "vitest";
import { ScriptedReplicas } from "../test/scripted-replicas.ts";
import { HedgeBudget, Patience } from "./hedge.ts";

test("in the long run there are `ratio` hedges a read, and `burst` on top [trap 15]", () => {
  const budget = new HedgeBudget({ ratio: 0.1, burst: 5 });
  for (let read = 0; read < 1_000; read++) {
    budget.deposit();
    budget.withdraw();
  }
  expect(budget.sent).toBeGreaterThanOrEqual(100);
  expect(budget.sent).toBeLessThanOrEqual(105);
  expect(budget.sent + budget.withheld).toBe(1_000);
});

test("quiet times save up no more than `burst`", () => {
  const budget = new HedgeBudget({ ratio: 1, burst: 3 });
  for (let read = 0; read < 100; read++) budget.deposit();
  expect([1, 2, 3, 4].map(() => budget.withdraw())).toEqual([true, true, true, false]);
});

test("one timer serves the hedges and then the deadline", () => {
  const time = new VirtualTime();
  const ports = {
    clock: time,
    timers: time,
    random: new SeededRandom(1),
    replicas: new ScriptedReplicas(time),
  };
  const events: string[] = [];
  const delays = [10, 20];
  const patience = new Patience(ports, 100, {
    hedgeDelayMs: () => delays.shift(),
    hedge: () => events.push(`hedge ${time.monotonicMs()}`) > 0,
    expire: () => events.push(`expire ${time.monotonicMs()}`),
  });
  patience.begin();
  time.advance(1_000);
  expect(events).toEqual(["hedge 10", "hedge 30", "expire 100"]);
});

test("when a hedge is not allowed only the deadline is left", () => {
  const time = new VirtualTime();
  const ports = {
    clock: time,
    timers: time,
    random: new SeededRandom(1),
    replicas: new ScriptedReplicas(time),
  };
  let asked = 0;
  const patience = new Patience(ports, 100, {
    hedgeDelayMs: () => 10,
    hedge: () => {
      asked++;
      return false;
    },
    expire: () => {},
  });
  patience.begin();
  time.advance(99);
  expect(asked).toBe(1);
  expect(time.nextMs).toBe(100);
});
