import { VirtualTime } from "@coterie/core/testing";
import { Error_Code } from "@coterie/wire";
import { expect, test } from "vitest";
import { GATE_LIMITS, Gate, type GateLimits } from "./gate.ts";

const DONE = { $typeName: "done" };
/** Deadline of requests that are not about theirs. */
const LONG_MS = 1_000_000;

/** Requests that do not end before the test says so. */
class Fixture {
  slownessMs = 0;
  readonly gate: Gate;
  readonly #ends: (() => void)[] = [];

  constructor(limits: Partial<GateLimits> = {}) {
    this.gate = new Gate({ ...GATE_LIMITS, ...limits }, new VirtualTime(), () => this.slownessMs);
  }

  hold(count: number, bytes = 0) {
    return Array.from({ length: count }, () =>
      this.gate.pass(
        { bytes, timeoutMs: LONG_MS },
        () => new Promise<typeof DONE>((resolve) => this.#ends.push(() => resolve(DONE))),
      ),
    );
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

test("what is above the bound is refused at once, with the time after which to ask again", async () => {
  const f = new Fixture({ requestsMax: 100 });
  const taken = f.hold(100);
  const [refused] = await Promise.all(f.hold(1));
  expect(refused).toMatchObject({ code: Error_Code.OVERLOADED, retryAfterMs: 100 });
  expect(f.gate.refused).toBe(1);
  f.end();
  expect(new Set(await Promise.all(taken))).toEqual(new Set([DONE]));
  expect(f.gate.requests).toBe(0);
  const later = f.hold(1);
  f.end();
  expect(await Promise.all(later)).toEqual([DONE]);
});

test("bytes are bounded as well, and given back", async () => {
  const f = new Fixture({ bytesMax: 10_000 });
  const taken = f.hold(2, 5_000);
  expect(await f.hold(1, 1)[0]).toMatchObject({ code: Error_Code.OVERLOADED });
  f.end();
  await Promise.all(taken);
  const later = f.hold(2, 5_000);
  f.end();
  expect(await Promise.all(later)).toEqual([DONE, DONE]);
});

test("the slower the node the fewer it takes in, and the longer it asks to be left alone", async () => {
  const f = new Fixture({ requestsMax: 1_000 });
  f.slownessMs = 2_000;
  const first = f.hold(250);
  expect(await f.hold(1)[0]).toMatchObject({ code: Error_Code.OVERLOADED, retryAfterMs: 1_000 });
  f.slownessMs = 100;
  const more = f.hold(750);
  expect(f.gate.requests).toBe(1_000);
  f.end();
  await Promise.all([...first, ...more]);
});

test("a few are let in however slow the node is: they show when it is well again", async () => {
  const f = new Fixture();
  f.slownessMs = 1_000_000;
  const few = f.hold(64);
  expect(f.gate.requests).toBe(64);
  expect(await f.hold(1)[0]).toMatchObject({ retryAfterMs: 5_000 });
  f.end();
  await Promise.all(few);
});

test("work that fails gives its place back, at once or later", async () => {
  const { gate } = new Fixture();
  const claim = { bytes: 10, timeoutMs: LONG_MS };
  const later = gate.pass(claim, () => Promise.reject(new Error("later")));
  await expect(later).rejects.toThrow("later");
  const atOnce = gate.pass(claim, () => {
    throw new Error("at once");
  });
  await expect(atOnce).rejects.toThrow("at once");
  expect(gate.requests).toBe(0);
});
