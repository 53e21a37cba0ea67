import { gainsAnew } from "../src/index.ts";
import { type Phase, RULES } from "./rings.ts";
import type { Setting } from "./setting.ts";
import {
  ANSWERS,
  COORDINATOR,
  nodesIn,
  OPERATION,
  OWED,
  placeOf,
  ROW,
  SCANNED,
  SERVES,
  STAGED,
  type World,
} from "./world.ts";

type Step = [event: string, World];

const READ = 3;

/** What the nodes do, each by itself. */
export class Nodes {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  first(history: number): World {
    const { nodes, history: asked, ghostAt } = this.#setting;
    const operation = asked === "collected" ? READ : 1;
    const each = nodes.flatMap((id) => [0, id === ghostAt ? 1 : 0, 0, 0]);
    return [history, operation, 0, 0, 0, ...each];
  }

  *steps(world: World, phases: readonly Phase[]): Generator<Step> {
    for (let node = 0; node < nodesIn(world); node++) {
      yield* this.#learns(world, node, phases);
      yield* this.#answers(world, node, phases);
      yield* this.#scans(world, node, phases);
      yield* this.#drops(world, node, phases);
    }
  }

  *#learns(world: World, node: number, phases: readonly Phase[]): Generator<Step> {
    const { without, nodes } = this.#setting;
    const at = placeOf(node);
    const present = phases[world[at + SERVES]!]!;
    for (const [serves, phase] of phases.entries()) {
      if (phase.record.epoch <= present.record.epoch) continue;
      const after = [...world];
      after[at + SERVES] = serves;
      if (without !== "the epoch is compared when the row is written") after[at + STAGED] = 0;
      const { change } = phase.record;
      const discards = gainsAnew(present.view, phase.view, nodes[node]!, 0, RULES.n);
      if (discards && without !== "a gainer discards leftovers first") after[at + ROW] = 0;
      if (change?.id !== present.record.change?.id) {
        const keeps =
          without === "scans of another change count for nothing" ||
          (without === "a gainer scans in joining" && change !== undefined);
        if (!keeps) after[at + SCANNED] = 0;
      }
      yield [`${nodes[node]} serves under ${phase.name}`, after];
    }
    if (without === "a phase is durable before it is served" && world[at + SERVES]! > 0) {
      yield [`${nodes[node]} starts again under the ring of before`, world.with(at + SERVES, 0)];
    }
  }

  /** A request sent under some record that the coordinator has served under arrives. */
  *#answers(world: World, node: number, phases: readonly Phase[]): Generator<Step> {
    const { without, nodes, history } = this.#setting;
    const at = placeOf(node);
    const operation = world[OPERATION]!;
    const row = world[at + ROW]!;
    const answers = world[ANSWERS]! | (1 << node);
    const counts = answers !== world[ANSWERS] && this.#counts(world, node);
    if (operation === READ) {
      const misses = history === "collected" ? row > 0 : row < world[OWED]!;
      if (!counts || !misses || !this.#isAsked(world, node, phases)) return;
      const found = ["nothing", "the value", "the tombstone"][row];
      yield [`${nodes[node]} answers the read: ${found}`, world.with(ANSWERS, answers)];
      return;
    }
    const name = operation === 1 ? "write" : "delete";
    const written = world.with(at + ROW, Math.max(row, operation)).with(at + STAGED, 0);
    const durable = counts ? written.with(ANSWERS, answers) : written;
    if (without === "the epoch is compared when the row is written") {
      if (world[at + STAGED] === operation) {
        yield [`${nodes[node]} commits the ${name}`, durable];
        return;
      }
      if (!counts || !this.#isAsked(world, node, phases)) return;
      yield [`${nodes[node]} takes the ${name} in`, world.with(at + STAGED, operation)];
    } else if ((counts || row < operation) && this.#isAsked(world, node, phases)) {
      yield [`${nodes[node]} has the ${name} durable`, durable];
    }
  }

  /** A coordinator that comes to another record asks all of them anew. */
  #counts(world: World, node: number): boolean {
    const { without } = this.#setting;
    return (
      world[placeOf(node) + SERVES] === world[COORDINATOR] ||
      without === "answers under another epoch count for nothing" ||
      without === "the epoch is compared when the row is written" ||
      without === "the epoch is compared at all"
    );
  }

  /** Under the record that the node serves under, or, with no comparison, the coordinator does. */
  #isAsked(world: World, node: number, phases: readonly Phase[]): boolean {
    const coordinator = world[COORDINATOR]!;
    const serves = world[placeOf(node) + SERVES]!;
    const compares = this.#setting.without !== "the epoch is compared at all";
    if (compares && serves > coordinator) return false;
    const { writes, reads } = phases[compares ? serves : coordinator]!;
    const asked = world[OPERATION] === READ ? reads : writes.reduce((all, group) => all | group, 0);
    return ((asked >> node) & 1) === 1;
  }

  *#scans(world: World, node: number, phases: readonly Phase[]): Generator<Step> {
    const { without, nodes } = this.#setting;
    const at = placeOf(node);
    const served = phases[world[at + SERVES]!]!;
    const isReady = (phase: Phase, change: string | undefined): boolean =>
      phase.record.change?.id === change && !phase.record.change?.aborting;
    // Who does not know of the change has no duties, unless that is what is taken away.
    const early = without === "a gainer scans in joining";
    const duties = early ? phases.at(-1)! : served;
    if (duties.record.phase !== "joining" || duties.record.change?.aborting) return;
    const change = duties.record.change!.id;
    for (const source of nodes.keys()) {
      if (((duties.sources[node]! >> source) & 1) === 0) continue;
      if ((world[at + SCANNED]! >> source) & 1) continue;
      const theirs = phases[world[placeOf(source) + SERVES]!]!;
      if (without !== "a source is scanned in joining" && !isReady(theirs, change)) continue;
      const row = Math.max(world[at + ROW]!, world[placeOf(source) + ROW]!);
      const scanned = world[at + SCANNED]! | (1 << source);
      const after = world.with(at + ROW, row).with(at + SCANNED, scanned);
      yield [`${nodes[node]} copies what ${nodes[source]} has`, after];
    }
  }

  *#drops(world: World, node: number, phases: readonly Phase[]): Generator<Step> {
    const { without, nodes } = this.#setting;
    const at = placeOf(node);
    const { owners, reads, record } = phases[world[at + SERVES]!]!;
    if (world[at + ROW] === 0) return;
    const early =
      without === "losers keep their rows until the ring is stable" && record.phase === "switched";
    const keepers = early ? reads : owners;
    if (keepers === 0 || (keepers >> node) & 1) return;
    // The last exchange: nobody who owns the partition now lacks anything that is here.
    const isCovered = [...nodes.keys()].every(
      (i) => ((keepers >> i) & 1) === 0 || world[placeOf(i) + ROW]! >= world[at + ROW]!,
    );
    if (isCovered || early) yield [`${nodes[node]} drops its row`, world.with(at + ROW, 0)];
  }
}
