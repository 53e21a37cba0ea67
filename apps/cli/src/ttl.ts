import { InvalidArgumentError } from "commander";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `12h` or `30d` as milliseconds. */
export function ttl(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new InvalidArgumentError("it is not a duration such as 90s, 15m, 12h or 30d.");
  }
  return Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
}
