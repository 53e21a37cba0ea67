import type { RingBlocker, RingChangeState } from "@coterie/wire";
import { countToText, table } from "../table.ts";
import { colors, note, print, type Terminal } from "../terminal.ts";
import { throttleInWords } from "./throttle.ts";

export function stateToJson(state: RingChangeState) {
  const { epoch, phase, id, kind, nodes, acceptLoss, aborting, paused, copied, toCopy } = state;
  const throttle = state.throttle === 0 ? "auto" : state.throttle;
  const change =
    id === "" ? undefined : { id, kind, nodes, acceptLoss, aborting, paused, throttle };
  const blockers = state.blockers.map(({ node, reason }) => ({ node, reason }));
  const { rivals } = state;
  return { epoch, phase, ...(change && { change, copied, toCopy }), blockers, rivals };
}

export function printState(terminal: Terminal, state: RingChangeState): void {
  const { dim } = colors(terminal);
  print(terminal, stateInWords(state));
  const rows = state.blockers.map(({ node, reason }) => [node, reason]);
  if (rows.length > 0) print(terminal, table(terminal, ["waits for", "because"], rows));
  const pace = state.phase === "joining" ? `; ${throttleInWords(state.throttle)}` : "";
  if (state.rivals.length > 0) note(terminal, rivalsInWords(state.rivals));
  print(terminal, dim(`ring epoch ${state.epoch}, ${state.phase}${pace}`));
}

/** One line: `join n4: copied 120 of 768 replicas`. */
export function stateInWords(state: RingChangeState): string {
  const { id, kind, nodes, phase, aborting, paused, copied, toCopy, blockers } = state;
  if (id === "") {
    return blockers.length === 0
      ? "no ring change is in progress"
      : "the ring is stable, and nodes still hold what they gave up";
  }
  const name = `${kind} ${nodes.join(" ")}`;
  if (aborting) return `${name}: being taken back`;
  const done = `copied ${countToText(copied)} of ${countToText(toCopy)} replicas`;
  if (paused) return `${name}: paused, ${done}`;
  return phase === "joining"
    ? `${name}: ${done}`
    : `${name}: copied; old owners learn of the switch`;
}

/** One line for each blocker, for those who read along. */
export function blockerInWords({ node, reason }: RingBlocker): string {
  return `${node}: ${reason}`;
}

function rivalsInWords(rivals: readonly string[]): string {
  return `${rivals.join(", ")}: another ring is in force there, of the same generation. Both sides of a network partition were forced, and neither takes the other's word. Choose the side that is to stand, and run \`coterie ring force --yes\` at one of its nodes: the ring changes of the other side are void then, and what it holds goes to the owners. Until then the ring is not changed.`;
}
