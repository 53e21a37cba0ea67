import { describe, expect, test } from "vitest";
import { CUT_BYTES_MAX, cutBytes } from "./cut-bytes.ts";

describe("cut bytes", () => {
  test("are zero, of the length asked for, and no others' though they share memory", () => {
    const cuts = Array.from({ length: 5_000 }, (_, at) => cutBytes((at * 7) % 90));
    expect(cuts.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    for (const [at, bytes] of cuts.entries()) bytes.fill(at % 251);
    for (const [at, bytes] of cuts.entries()) {
      expect(bytes.length).toBe((at * 7) % 90);
      expect(bytes.every((byte) => byte === at % 251)).toBe(true);
    }
  });

  test("are an array of their own where they are many, so that one does not hold the memory of many", () => {
    expect(cutBytes(CUT_BYTES_MAX + 1).buffer.byteLength).toBe(CUT_BYTES_MAX + 1);
    expect(cutBytes(CUT_BYTES_MAX).buffer.byteLength).toBeGreaterThan(CUT_BYTES_MAX);
  });
});
