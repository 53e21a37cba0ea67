import fc from "fast-check";
import { expect, test } from "vitest";
import { type Call, call, inWords, type Reply } from "../test/fixture.ts";
import { CallTable } from "./call-table.ts";
import { LINK_LIMITS } from "./limits.ts";

const step = fc.oneof(
  fc.record({ type: fc.constant("add" as const), timeoutMs: fc.nat(20), urgent: fc.boolean() }),
  fc.record({ type: fc.constant("take" as const) }),
  fc.record({ type: fc.constant("reply" as const), which: fc.nat(9) }),
  fc.record({ type: fc.constant("wait" as const), ms: fc.nat(15) }),
  fc.record({ type: fc.constant("lose" as const) }),
);

test("whatever happens, each call gets one result, and the result tells whether it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let nowMs = 0;
      let added = 0;
      const limits = {
        ...LINK_LIMITS,
        inFlightMax: 3,
        urgentMax: 2,
        queuedMax: 4,
        frameCallsMax: 2,
      };
      const table = new CallTable<Call, Reply>({
        limits: { ...limits, lateMs: 10 },
        weigh: () => 1,
        whyWaiting: () => "",
        onLate: () => {},
      });
      const sent = new Map<string, number>();
      const outcomes = new Map<string, string[]>();
      for (const it of steps) {
        if (it.type === "add") {
          const name = `call ${added++}`;
          outcomes.set(name, []);
          void table
            .add(call(name), it.timeoutMs, nowMs, it.urgent)
            .then((result) => outcomes.get(name)?.push(inWords(result)));
        } else if (it.type === "take") {
          for (const { say, id, timeoutMs } of table.take(nowMs)) {
            expect(sent.has(say)).toBe(false);
            expect(timeoutMs).toBeGreaterThan(0);
            sent.set(say, id);
          }
        } else if (it.type === "reply") {
          const asked = [...sent][it.which];
          if (asked !== undefined) table.settle({ id: asked[1], say: asked[0] }, nowMs);
        } else if (it.type === "wait") {
          nowMs += it.ms;
          if (table.dueMs <= nowMs) table.expire(nowMs);
        } else {
          table.lose("broken");
        }
        expect(table.inFlight).toBeLessThanOrEqual(5);
        expect(table.queued).toBeLessThanOrEqual(6);
      }
      table.lose("the end");
      table.abandon("the end");
      expect([table.inFlight, table.queued]).toEqual([0, 0]);
      expect(table.add(call("fits"), 1, nowMs, false)).toBeInstanceOf(Promise);
      await Promise.resolve();
      await Promise.resolve();
      for (const [name, results] of outcomes) {
        expect(results).toHaveLength(1);
        expect(results[0]?.startsWith("notSent") ?? false).toBe(!sent.has(name));
        if (!results[0]?.includes(":")) expect(results[0]).toBe(name);
      }
    }),
    { numRuns: 300 },
  );
});
