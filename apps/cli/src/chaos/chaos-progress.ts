import { Presets, SingleBar } from "cli-progress";
import { colors, type Terminal } from "../terminal.ts";

export interface ChaosProgress {
  step(elapsedMs: number, operations: number, faults: number): void;
  /** Idempotent. */
  end(): void;
}

/** A bar on a terminal's stderr; nothing elsewhere. */
export function chaosProgress(terminal: Terminal | undefined, forMs: number): ChaosProgress {
  if (terminal?.stderr.isTTY !== true) return { step: () => {}, end: () => {} };
  const { dim } = colors(terminal, "stderr");
  const format = `${dim("{bar}")} {value}/{total} s  {operations} calls  {faults} faults`;
  const stream = terminal.stderr;
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(Math.round(forMs / 1_000), 0, { operations: 0, faults: 0 });
  return {
    step: (elapsedMs, operations, faults) =>
      bar.update(Math.floor(elapsedMs / 1_000), { operations, faults }),
    end: () => bar.stop(),
  };
}
