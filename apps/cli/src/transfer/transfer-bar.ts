import { Presets, SingleBar } from "cli-progress";
import { colors, type Terminal } from "../terminal.ts";

export interface TransferBar {
  /** `done` of the total, in the total's unit. */
  update(done: number, records: number): void;
  /** Writes a line above the bar. */
  say(text: string): void;
  stop(): void;
}

/** How far it is, how fast and how long still, on a terminal's stderr; without one it only says. */
export function transferBar(terminal: Terminal, totalBytes: number | undefined): TransferBar {
  const say = (text: string): void => {
    terminal.stderr.write(`${text}\n`);
  };
  if (terminal.stderr.isTTY !== true) return { update: () => {}, say, stop: () => {} };
  const { dim } = colors(terminal, "stderr");
  const beganMs = Date.now();
  const known = totalBytes !== undefined && totalBytes > 0;
  const format = known
    ? `${dim("{bar}")} {percentage}%  {records} records  {rate}/s  ${dim("{eta_formatted} to go")}`
    : "{records} records  {rate}/s";
  const bar = new SingleBar(
    { stream: terminal.stderr, format, clearOnComplete: true, etaBuffer: 100 },
    Presets.shades_classic,
  );
  bar.start(known ? totalBytes : 1, 0, { records: 0, rate: 0 });
  return {
    update: (done, records) => {
      const seconds = Math.max((Date.now() - beganMs) / 1000, 0.001);
      bar.update(known ? done : 0, { records, rate: Math.round(records / seconds) });
    },
    say: (text) => {
      terminal.stderr.write(`\r\u001b[K${text}\n`);
    },
    stop: () => bar.stop(),
  };
}
