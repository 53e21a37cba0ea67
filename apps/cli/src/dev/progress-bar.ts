import { Presets, SingleBar } from "cli-progress";
import { colors, type Terminal } from "../terminal.ts";
import type { DemoProgress } from "./demo.ts";

/** A bar on a terminal's stderr; nothing elsewhere. */
export function progressBar(terminal: Terminal): DemoProgress {
  if (terminal.stderr.isTTY !== true) return { begin: () => {}, step: () => {}, end: () => {} };
  const { dim } = colors(terminal, "stderr");
  const format = `${dim("{bar}")} {value}/{total} {doing}`;
  const stream = terminal.stderr;
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic);
  return {
    begin: (doing, of) => {
      if (of > 0) bar.start(of, 0, { doing });
    },
    step: () => bar.increment(),
    end: () => bar.stop(),
  };
}
