// Walks every reachable state of one ring change, or several, with one key: breadth first, over the shipped
// functions that decide the steps (`beginChange`, `abortChange`, `nextStep`, `scanDuties`) and the shipped
// table of who is asked in which phase (`RingView`).
//
// At any moment, in any order, may happen: a driver takes the next step; an operator begins or aborts; a node
// learns of any newer record; the coordinator does; a request sent under any record that the coordinator has
// served under reaches a node, or never does; a gainer reads a source; a loser drops its row. Crashes need no
// step of their own: what a node has is durable, and what a crash loses on the way is never delivered. The
// driver hears everything at once: reports only grow, so that late ones allow nothing more.
import { Nodes } from "./nodes.ts";
import { type History, Rings } from "./rings.ts";
import type { Setting } from "./setting.ts";
import {
  ANSWERS,
  COORDINATOR,
  countOf,
  exchanged,
  HISTORY,
  keyOf,
  nodesIn,
  OPERATION,
  OWED,
  placeOf,
  SCANNED,
  SERVES,
  type World,
} from "./world.ts";

export interface Verdict {
  readonly states: number;
  /** How the records of some run followed one another, each once. */
  readonly histories: readonly string[];
  /** The shortest run in which a read misses what was acknowledged, or finds what was deleted. */
  readonly violation: readonly string[] | undefined;
}

const QUORUM = 2;
const READ = 3;

export class Explorer {
  readonly #setting: Setting;
  readonly #rings: Rings;
  readonly #histories: History[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #driven = new Map<string, readonly [string, number][]>();
  readonly #ordered = new Map<number, readonly [string, number][]>();
  readonly #alike: readonly [number, number] | undefined;
  readonly #nodes: Nodes;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#rings = new Rings(setting);
    this.#nodes = new Nodes(setting);
    const { alike, nodes } = setting;
    this.#alike = alike && [nodes.indexOf(alike[0]), nodes.indexOf(alike[1])];
  }

  run(): Verdict {
    const parents: number[] = [-1];
    const events: string[] = [""];
    const first = this.#settled(this.#nodes.first(this.#number(this.#rings.first())));
    const seen = new Set([keyOf(first)]);
    let frontier: [number, World][] = [[0, first]];
    while (frontier.length > 0) {
      const next: [number, World][] = [];
      for (const [at, world] of frontier) {
        for (const [event, raw] of this.#steps(world)) {
          const after = this.#settled(raw);
          if (this.#isBroken(after)) {
            const trail = [event];
            for (let state = at; state > 0; state = parents[state]!) trail.unshift(events[state]!);
            return this.#verdict(seen.size, trail);
          }
          const key = keyOf(after);
          if (seen.has(key)) continue;
          seen.add(key);
          events.push(event);
          next.push([parents.push(at) - 1, after]);
        }
      }
      frontier = next;
    }
    return this.#verdict(seen.size, undefined);
  }

  #verdict(states: number, violation: readonly string[] | undefined): Verdict {
    const names = this.#histories.map(({ phases }) => phases.map(({ name }) => name).join(" → "));
    return { states, histories: [...new Set(names)], violation };
  }

  #number(history: History): number {
    const key = JSON.stringify([
      history.phases.map(({ record }) => record),
      history.begun,
      history.aborted,
    ]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#histories.push(history) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  *#steps(world: World): Generator<[event: string, World]> {
    const history = this.#histories[world[HISTORY]!]!;
    const chosen = [...this.#ordersIn(world[HISTORY]!), ...this.#drivenIn(world, history)];
    for (const [event, number] of chosen) yield [event, world.with(HISTORY, number)];
    yield* this.#nodes.steps(world, history.phases);
    const serves = world[COORDINATOR]! + 1;
    if (serves < history.phases.length) {
      const { name } = history.phases[serves]!;
      const keeps = this.#setting.without === "answers under another epoch count for nothing";
      const after = world.with(COORDINATOR, serves);
      yield [`the coordinator learns of ${name}`, keeps ? after : after.with(ANSWERS, 0)];
    }
    // The operation is over: its client reads, or does what comes next. Not to read yet is to read later.
    const { history: asked } = this.#setting;
    if (asked === "write, delete" && world[OPERATION] === READ && world[OWED] === 1) {
      yield ["a client deletes, instead", this.#begun(world, 2)];
    }
  }

  #ordersIn(number: number): readonly [string, number][] {
    let orders = this.#ordered.get(number);
    if (orders === undefined) {
      orders = this.#rings
        .ordered(this.#histories[number]!)
        .map(([event, after]): [string, number] => [event, this.#number(after)]);
      this.#ordered.set(number, orders);
    }
    return orders;
  }

  #drivenIn(world: World, history: History): readonly [string, number][] {
    const said = Array.from({ length: nodesIn(world) }, (_, node) => ({
      serves: world[placeOf(node) + SERVES]!,
      scanned: world[placeOf(node) + SCANNED]!,
    }));
    const key = String.fromCharCode(
      world[HISTORY]!,
      ...said.flatMap((each) => Object.values(each)),
    );
    let driven = this.#driven.get(key);
    if (driven === undefined) {
      const reports = said.map(({ serves, scanned }) => {
        const { epoch, change } = history.phases[serves]!.record;
        return { epoch, scanned, change: change?.id };
      });
      driven = this.#rings
        .driven(history, reports)
        .map(([event, after]): [string, number] => [event, this.#number(after)]);
      this.#driven.set(key, driven);
    }
    return driven;
  }

  /** An operation that enough have answered is over, and the read begins. */
  #settled(world: World): World {
    let settled = world;
    const { phases } = this.#histories[world[HISTORY]!]!;
    if (world[OPERATION]! < READ) {
      const { writes } = phases[world[COORDINATOR]!]!;
      const done = writes.every((group) => countOf(group & world[ANSWERS]!) >= QUORUM);
      if (done) settled = this.#begun(world.with(OWED, world[OPERATION]!), READ);
    }
    if (this.#alike === undefined) return settled;
    const mirrored = exchanged(settled, ...this.#alike);
    return keyOf(mirrored) < keyOf(settled) ? mirrored : settled;
  }

  /** Its coordinator may be one that has heard of no step yet. */
  #begun(world: World, operation: number): World {
    return world.with(OPERATION, operation).with(COORDINATOR, 0).with(ANSWERS, 0);
  }

  /** Enough have answered the read, and none of them with what it must find. */
  #isBroken(world: World): boolean {
    if (world[OPERATION] !== READ) return false;
    const { reads } = this.#histories[world[HISTORY]!]!.phases[world[COORDINATOR]!]!;
    // What was deleted comes back with any answer that has it.
    const enough = this.#setting.history === "collected" ? 1 : QUORUM;
    return countOf(reads & world[ANSWERS]!) >= enough;
  }
}
