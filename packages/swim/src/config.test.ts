import { expect, test } from "vitest";
import { defaultSwimConfig, plainSwim, swimConfig } from "./config.ts";

test("what is not given is the default", () => {
  expect(swimConfig({})).toEqual(defaultSwimConfig);
  expect(swimConfig({ indirectProbes: 1 })).toEqual({ ...defaultSwimConfig, indirectProbes: 1 });
  expect(swimConfig(plainSwim).localHealthMax).toBe(0);
});

test.each([
  [{ protocolPeriodMs: 0 }, "protocolPeriodMs must be above 0"],
  [{ syncIntervalMs: Number.NaN }, "syncIntervalMs must be above 0"],
  [{ indirectProbes: 1.5 }, "indirectProbes must be 0, 1, 2, …"],
  [{ localHealthMax: -1 }, "localHealthMax must be 0, 1, 2, …"],
  [{ suspicionMaxFactor: 0.5 }, "suspicionMaxFactor must be at least 1"],
  [{ incarnationJumpMax: 5 }, "incarnationJumpMax must be at least 1000"],
  [{ messageBytesMax: 500 }, "messageBytesMax must be at least 1152, or one record may not fit"],
  [{ messageBytesMax: 70_000 }, "messageBytesMax must be at most 65536"],
  [
    { probeTimeoutMs: 1_000 },
    "probeTimeoutMs must be below protocolPeriodMs, to leave time for the indirect probes",
  ],
])("%j is refused", (options, sentence) => {
  expect(() => swimConfig(options)).toThrow(new RangeError(sentence));
});
