import { setTimeout as sleep } from "node:timers/promises";
import type { RingChangeState } from "@coterie/wire";
import { Presets, SingleBar } from "cli-progress";
import { CliError } from "../cli-error.ts";
import { Cluster } from "../cluster.ts";
import type { ClusterOptions } from "../cluster-options.ts";
import { colors, note, print, type Terminal } from "../terminal.ts";
import { blockerInWords, stateInWords, stateToJson } from "./state-text.ts";

const POLL_MS = 500;
/** Whoever is named for so long in a row is what the change waits for. */
const BLOCKED_POLLS = 10;

/**
 * Shows how far the change on its way is until it is over and nobody holds what it gave up: a bar on a
 * terminal, else a line for each tenth and each step. A change that is paused ends the wait, and so does Ctrl-C.
 */
export async function followChange(terminal: Terminal, options: ClusterOptions): Promise<void> {
  const bar = progressBar(terminal);
  let blocked = 0;
  let told = "";
  let state: RingChangeState;
  try {
    for (;;) {
      state = await ask(options);
      bar.show(state);
      if (state.paused || (state.id === "" && state.blockers.length === 0)) break;
      const blockers = state.blockers.map(blockerInWords).join("\n");
      blocked = blockers === told ? blocked + 1 : 0;
      told = blockers;
      if (blocked === BLOCKED_POLLS) bar.say(`waiting for\n${blockers}`);
      await sleep(POLL_MS);
    }
  } finally {
    bar.stop();
  }
  if (options.json) print(terminal, JSON.stringify(stateToJson(state)));
  else print(terminal, state.paused ? stateInWords(state) : `done: ring epoch ${state.epoch}`);
}

/** A node that restarts meanwhile is no reason to give up: others are asked, and it, later. */
async function ask(options: ClusterOptions): Promise<RingChangeState> {
  const { state } = await new Cluster(options).admin((admin, call) =>
    admin.getRingChange({}, call),
  );
  if (state === undefined) throw new CliError("internal", "the node told nothing of the ring");
  return state;
}

interface ChangeBar {
  readonly show: (state: RingChangeState) => void;
  readonly say: (text: string) => void;
  readonly stop: () => void;
}

function progressBar(terminal: Terminal): ChangeBar {
  if (terminal.stderr.isTTY !== true) {
    const say = (text: string): void => note(terminal, text);
    let last = "";
    const show = (state: RingChangeState): void => {
      const tenths = Math.floor((10 * state.copied) / Math.max(1, state.toCopy));
      const stage = [state.id, state.phase, state.paused, state.aborting, tenths].join();
      if (stage !== last) say(stateInWords(state));
      last = stage;
    };
    return { show, say, stop: () => {} };
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
  let begun = false;
  return {
    show: (state) => {
      const doing = stateInWords(state);
      if (!begun) bar.start(Math.max(1, state.toCopy), state.copied, { doing });
      else if (state.id !== "") bar.setTotal(Math.max(1, state.toCopy));
      begun = true;
      bar.update(state.id === "" ? bar.getTotal() : state.copied, { doing });
    },
    say: (text) => {
      terminal.stderr.write(`\r\u001b[K${text}\n`);
    },
    stop: () => bar.stop(),
  };
}
