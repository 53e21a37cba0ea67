import { InvalidArgumentError } from "commander";
import { bytesToText } from "../table.ts";

const UNITS = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
} as const;

/** `auto`, or bytes a second: `500KB`, `20MB`, `1.5MiB`. 0 stands for `auto`. */
export function throttle(text: string): number {
  if (text === "auto") return 0;
  const [, amount, unit = "B"] =
    /^([0-9]{1,12}(?:\.[0-9]{1,3})?)(B|KB|MB|GB|KiB|MiB|GiB)?(?:\/s)?$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
  if (amount === undefined || bytes < 1) {
    throw new InvalidArgumentError(
      'It is neither "auto" nor bytes a second such as 500KB or 20MB.',
    );
  }
  return bytes;
}

/** Half a sentence on how fast a change copies. */
export function throttleInWords(bytesPerSecond: number): string {
  return bytesPerSecond === 0
    ? "copies as fast as clients leave room"
    : `copies at most ${bytesToText(bytesPerSecond)}/s at each node`;
}
