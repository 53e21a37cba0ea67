// Worlds that differ only by the names of acceptors behave alike; one of them stands for all.
import type { Phase, Request } from "../src/index.ts";
import type { Client } from "./client.ts";
import { type Interning, remembered } from "./interning.ts";

/** See `Explorer` for what the numbers mean. */
export type World = number[];

/** One key, one world. */
export function keyOf(world: World): string {
  return String.fromCharCode(...world);
}

export interface Numbers {
  readonly acceptors: readonly string[];
  readonly clients: Interning<Client>;
  readonly requests: Interning<{ readonly to: number; readonly request: Request }>;
}

export class Symmetry {
  readonly #numbers: Numbers;
  readonly #longestAt: number;
  /** For each place, which acceptor comes to stand there. */
  readonly #orders: readonly (readonly number[])[];

  constructor(numbers: Numbers, longestAt: number) {
    this.#numbers = numbers;
    this.#longestAt = longestAt;
    this.#orders = permutations(numbers.acceptors.map((_, at) => at)).slice(1);
  }

  /** Of all worlds that differ only by the names of acceptors the one whose key comes first. */
  canonical(world: World): World {
    let best = world;
    let bestKey = keyOf(world);
    for (const [at, order] of this.#orders.entries()) {
      if (compareAcceptors(world, order, best) > 0) continue;
      const renamed = this.#renamed(world, at);
      const key = keyOf(renamed);
      if (key >= bestKey) continue;
      best = renamed;
      bestKey = key;
    }
    return best;
  }

  #renamed(world: World, at: number): World {
    const renamed: number[] = [];
    for (const from of this.#orders[at]!) renamed.push(world[2 * from]!, world[2 * from + 1]!);
    for (let place = renamed.length; place < this.#longestAt; place++) {
      renamed.push(this.#client(world[place]!, at));
    }
    renamed.push(world[this.#longestAt]!);
    const requests = world.slice(this.#longestAt + 1).map((number) => this.#request(number, at));
    return renamed.concat(requests.sort((a, b) => a - b));
  }

  readonly #request = remembered((number: number, at: number): number => {
    const { to, request } = this.#numbers.requests.values[number]!;
    return this.#numbers.requests.number({ to: this.#orders[at]!.indexOf(to), request });
  });

  readonly #client = remembered((number: number, at: number): number => {
    const { acceptors, clients } = this.#numbers;
    const rename = (id: string) => acceptors[this.#orders[at]!.indexOf(acceptors.indexOf(id))]!;
    return clients.number(withNames(clients.values[number]!, rename));
  });
}

/** Compares the acceptors of a world, put in another order, with those of another world. */
function compareAcceptors(world: World, order: readonly number[], other: World): number {
  for (let at = 0; at < 2 * order.length; at++) {
    const difference = world[2 * order[at >> 1]! + (at & 1)]! - other[at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** All orders, the given one first. */
function permutations(list: readonly number[]): number[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((first, at) =>
    permutations(list.toSpliced(at, 1)).map((rest) => [first, ...rest]),
  );
}

/** The same client, had the acceptors other names. */
function withNames(client: Client, rename: (id: string) => string): Client {
  const { job } = client.proposer;
  if (job === undefined || job.phase.type === "backoff") return client;
  const refused = job.phase.refused.map(rename);
  const phase: Phase =
    job.phase.type === "accept"
      ? { ...job.phase, refused, accepted: job.phase.accepted.map(rename) }
      : {
          ...job.phase,
          refused,
          asked: job.phase.asked.map(rename),
          promises: new Map([...job.phase.promises].map(([id, had]) => [rename(id), had])),
        };
  return { ...client, proposer: { ...client.proposer, job: { ...job, phase } } };
}
