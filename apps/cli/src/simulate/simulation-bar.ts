import { Presets, SingleBar } from "cli-progress";
import { colors, type Terminal } from "../terminal.ts";

export interface SimulationBar {
  step(doing: string): void;
  end(): void;
}

/** A bar on a terminal's stderr; nothing elsewhere, or when there is nothing to count. */
export function simulationBar(terminal: Terminal, total: number): SimulationBar {
  const { stderr: stream } = terminal;
  if (stream.isTTY !== true || total === 0) return { step: () => {}, end: () => {} };
  const { dim } = colors(terminal, "stderr");
  const format = `${dim("{bar}")} {value}/{total} {doing}`;
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0, { doing: "" });
  return { step: (doing) => bar.increment({ doing }), end: () => bar.stop() };
}
