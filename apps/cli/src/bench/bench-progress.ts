import type { BenchEvents, BenchPlan } from "@coterie/bench";
import { Presets, SingleBar } from "cli-progress";
import { colors, note, type Terminal } from "../terminal.ts";

/** What a run is at, on a terminal's stderr; elsewhere nothing. `end` is idempotent. */
export function benchProgress(
  terminal: Terminal,
  { records, load, seconds }: BenchPlan,
): Required<BenchEvents> & { end(): void } {
  if (terminal.stderr.isTTY !== true) {
    return { onLoading: () => {}, onMeasuring: () => {}, onProgress: () => {}, end: () => {} };
  }
  const { dim } = colors(terminal, "stderr");
  const bar = new SingleBar(
    {
      stream: terminal.stderr,
      format: `${dim("{bar}")} {percentage}%  {doing}`,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const loading = "loading";
  if (load) bar.start(records, 0, { doing: loading });
  let beganMs = 0;
  return {
    onLoading: (done) => bar.update(done, { doing: `${loading}, ${done} records` }),
    onMeasuring: () => {
      bar.stop();
      beganMs = performance.now();
      note(terminal, `measuring for ${seconds} s`);
      bar.start(seconds, 0, { doing: "" });
    },
    onProgress: (operations, errors) => {
      if (beganMs === 0) return;
      const passed = (performance.now() - beganMs) / 1000;
      const rate = Math.round(operations / Math.max(passed, 1));
      const wrong = errors === 0 ? "" : `, ${errors} errors`;
      bar.update(Math.min(seconds, passed), { doing: `${rate} operations/s${wrong}` });
    },
    end: () => bar.stop(),
  };
}
