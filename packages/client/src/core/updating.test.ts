import { expect, test } from "vitest";
import { CoterieError, type ErrorCode } from "./coterie-error.ts";
import type { Written } from "./result.ts";
import { updating } from "./updating.ts";

function failing(code: ErrorCode) {
  const state = { attempts: 0 };
  const attempt = (): Promise<Written> => {
    state.attempts++;
    return Promise.reject(new CoterieError(code, "scripted"));
  };
  return { state, attempt };
}

test("an update that was refused is tried again, a bounded number of times", async () => {
  const { state, attempt } = failing("UNAVAILABLE");
  await expect(updating({ retries: 2 }, attempt)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(state.attempts).toBe(3);
});

test("an update that is in doubt is not applied again: it might count twice", async () => {
  const { state, attempt } = failing("IN_DOUBT");
  await expect(updating({}, attempt)).rejects.toMatchObject({ code: "IN_DOUBT" });
  expect(state.attempts).toBe(1);
});

test("an update with an operation id of the caller's is tried once: another value would be another write", async () => {
  const { state, attempt } = failing("UNAVAILABLE");
  await expect(updating({ operationId: "00".repeat(16) }, attempt)).rejects.toThrow("scripted");
  expect(state.attempts).toBe(1);
});
